"""Filling an empty database with the synthetic demo, by the same path as real files."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from dashboard.demo import arrivals, roads
from dashboard.demo.beside import population
from dashboard.demo.beside.reporting import covered
from dashboard.demo.facilities import facility_rows
from dashboard.demo.profiles import SHARED_ISSUER
from dashboard.demo.records import records, still_to_come
from dashboard.demo.seasons import LAST_DAY, SURGE
from dashboard.permissions import Grant
from dashboard.secret_strength import DEMO_PASSWORD
from dashboard.services import accounts, administration, identifiers, store
from dashboard.services.calendar import entries as calendar
from dashboard.services.denominators.importing import import_population
from dashboard.services.imports import declared_coverage, pipeline
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.reception import expected, remote
from dashboard.services.releases import desk, queue
from dashboard.services.routes.importing import import_routes
from dashboard.settings import Settings
from db.core.engine import Database
from db.core.scope import Scope
from db.reception import store as reception
from db.tables import meta
from surveillance.calendar.entries import EVENT, Entry
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.reception.remote_areas import FACILITY, Remote

SOURCE = "synthetic demo"
#: Public on purpose: while these accounts exist the server answers only on the machine itself.
PASSWORD = DEMO_PASSWORD
_FEWEST = 1_000
#: What the calendar of the demo marks beside festivals and public holidays.
SURGE_ENTRY = Entry(
    "demo-surge-2025",
    EVENT,
    *SURGE,
    crossing="",
    name_en="Surge of returns",
    name_km="អ្នកវិលត្រឡប់ច្រើន",
    compare=False,
    source="synthetic demo: invented",
)

#: Facilities of the demo that lie in remote areas: of these provinces and kinds.
REMOTE = ("KH11", "KH16"), ("health_post", "village_worker", "mobile_worker")
#: Of which days the demo's release is, who prepares it, and who issues it.
RELEASED = date(2025, 1, 1), date(2025, 12, 31)
PREPARES, ISSUES = "epidemiologist@demo.example", "administrator@demo.example"


@dataclass(frozen=True)
class DemoAccount:
    """One account of the demo."""

    email: str
    role: str
    provinces: tuple[str, ...] | None = None
    partners: tuple[str, ...] = ()


ACCOUNTS = (
    DemoAccount("official@demo.example", "official"),
    DemoAccount("epidemiologist@demo.example", "epidemiologist"),
    DemoAccount("manager@demo.example", "data_manager"),
    DemoAccount("viewer@demo.example", "viewer"),
    DemoAccount("partner@demo.example", "partner", partners=("poipet_hospital",)),
    DemoAccount("reception@demo.example", "reception", ("KH01",)),
    DemoAccount("nurse@demo.example", "nurse", ("KH01",)),
    DemoAccount("poipet@demo.example", "official", ("KH01",)),
    DemoAccount("administrator@demo.example", "administrator"),
)


def fill(
    database: Database, grant: Grant, settings: Settings, *, seed: int, count: int, say: Callable[[str], None]
) -> None:
    """Write facilities, records and accounts of the demo; the database stays marked as one.

    Raises
    ------
    UsageError
        The database holds data or accounts already, or too few records are asked for.
    """
    if count < _FEWEST:
        raise UsageError(f"--records: the demo needs at least {_FEWEST:,}")
    if seed < 0:
        raise UsageError("--seed: give a whole number from 0 on")
    if store.holds_anything(database) or store.has_accounts(database):
        raise UsageError(
            "the database holds data already, and the demo is never mixed with data: "
            "name another one in DATABASE_URL"
        )
    with database.writing() as connection:
        meta.put(connection, meta.DEMO, f"seed {seed}, {count} records")
    with tempfile.TemporaryDirectory(prefix="chhlang-demo-") as folder:
        say(f"making {count:,} synthetic records (seed {seed})")
        facilities, line_list = Path(folder, "facilities.csv"), Path(folder, "synthetic-demo.csv")
        _write_rows(facilities, facility_rows())
        known = records(seed, count)[~still_to_come(seed, count)]
        known.to_csv(line_list, index=False, lineterminator="\n")
        say("importing them")
        identifiers.share(database, grant, settings, SHARED_ISSUER)
        import_facilities(database, grant, facilities)
        reports = covered()
        spans = [(one.facility, one.first.isoformat(), one.last.isoformat()) for one in reports]
        declared = declared_coverage.read(
            database, spans, complete=False, withdraw_missing=False, today=LAST_DAY
        )
        covers = zip(declared.covers, reports, strict=True)
        declared = replace(
            declared, covers=tuple(replace(cover, sent_on=report.sent) for cover, report in covers)
        )
        options = ImportOptions(source=SOURCE, declared=declared, sent_on=LAST_DAY)
        pipeline.import_file(database, grant, settings, line_list, options)
        figures = Path(folder, "synthetic-demo-population.csv")
        _write_rows(figures, population.rows())
        import_population(database, grant, settings, figures)
        ways = Path(folder, "synthetic-demo-roads.csv")
        _write_rows(ways, roads.rows())
        import_routes(database, grant, settings, ways)
    _receive(database, grant, seed)
    calendar.put(database, grant, [*calendar.parse(calendar.shipped()), SURGE_ENTRY])
    for account in ACCOUNTS:
        accounts.add(
            database,
            grant,
            email=account.email,
            password=PASSWORD,
            role=account.role,
            provinces=account.provinces,
            demo=True,
        )
        if account.partners:
            scope = Scope.made(account.provinces, partners=account.partners)
            administration.set_scope(database, grant, account.email, scope)


def _receive(database: Database, grant: Grant, seed: int) -> None:
    """Store what the stations of the demo's reception centre entered."""
    received = datetime.combine(LAST_DAY, time(23, 59), TIME_ZONE)
    with reception.writing(database) as connection:
        made = [*arrivals.entries(seed), *arrivals.outreach(seed)]
        reception.store(connection, made, author=grant.actor, device="", received=received)
    for code, (per_thousand, source) in arrivals.FIGURES.items():
        expected.put(database, grant, code, str(per_thousand), source, now=received)
    for row in facility_rows():
        if row["province"] in REMOTE[0] and row["kind"] in REMOTE[1]:
            area = Remote(FACILITY, row["facility_id"], date(2024, 1, 1), None, arrivals.INVENTED)
            remote.put(database, grant, area, now=received)


def release(database: Database, say: Callable[[str], None]) -> None:
    """Prepare, audit and issue a release of the demo's last whole year, as two of its accounts.

    Raises
    ------
    UserError
        The audit refuses it.
    """
    say(f"preparing a release of {RELEASED[0].year}, having it audited, and issuing it")
    preparer, issuer = (desk.grant_of(database, email) for email in (PREPARES, ISSUES))
    first, last = RELEASED
    number = desk.ask(database, preparer, since=first, until=last, lag_days=0, at_once=True)
    queue.work_on(database, number)
    desk.ask_for_audit(database, preparer, number, at_once=True)
    queue.work_on(database, number)
    desk.issue(database, issuer, number)


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
