"""A small country with a release that the real code prepared, audited and issued, and its attackers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from unittest import mock

from flask import Flask

from dashboard.services import store
from dashboard.services.releases import desk, queue, sheets
from db.core.engine import Database
from db.maintenance.opening import open_database
from db.operations import releases as stored
from surveillance.epiweek import period_last_day
from tests.security.attacks.issued import (
    MEASURES,
    VIEWS,
    Cell,
    Period,
    ProgramReader,
    Published,
    Reader,
    Told,
)
from tests.support import release_data
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.few import rows_of
from tests.support.programs import program
from tests.support.web import served, settings, signed_in

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
SIZES = {"malaria": 150, "hiv": 30}
#: The official's province.
OWN = "KH12"
_PREPARES, _ISSUES = "prepares", "issues"
#: Name in the address -> role, provinces.
ATTACKERS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "partner": ("partner", None),
    "reception": ("reception", None),
    "epidemiologist": ("epidemiologist", None),
    "of-one": ("official", (OWN,)),
}
THRESHOLDS = {"partner": 11}


def make(url: str, folder: Path) -> None:
    """Fill an empty database, and issue a release of one year."""
    with mock.patch.multiple(release_data, FIRST=FIRST, LAST=LAST, SIZES=SIZES):
        release_data.fill(CommandLine(url), folder)
    database = open_database(url)
    try:
        add_accounts(database, {_PREPARES: ("epidemiologist", None), _ISSUES: ("administrator", None)})
        author = desk.grant_of(database, f"{_PREPARES}@example.org")
        number = desk.ask(database, author, since=FIRST, until=LAST, lag_days=0, at_once=True)
        queue.work_on(database, number)
        desk.ask_for_audit(database, author, number, at_once=True)
        queue.work_on(database, number)
        desk.issue(database, desk.grant_of(database, f"{_ISSUES}@example.org"), number)
    finally:
        database.dispose()


#: Areas that are looked at, by the kind of place.
AREAS: Mapping[str, Sequence[str]] = {
    "care": ("", "KH01", "KH12", "KH16"),
    "home": ("", "KH01", "KH12", "KH16", "TH"),
    "crossing": ("", "TH01", "informal", "VN01"),
}
#: Pages that tell numbers, besides the map. `/reporting` counts facilities alone.
PAGES = (
    "/",
    *(f"/provinces/{code}?disease={disease}" for code in ("KH01", "KH12", "KH16") for disease in SIZES),
    *(f"/crossings/{name}?disease=malaria" for name in ("poipet", "informal")),
    *(
        f"/curves?disease={disease}&step={step}{area}"
        for disease, step in (("malaria", "week"), ("malaria", "month"), ("hiv", "year"))
        for area in ("", "&area=KH01", "&place=home&area=KH16", "&place=crossing&area=TH01")
    ),
    "/curves?disease=malaria&group=sex",
    "/provinces?disease=malaria",
    "/provinces?disease=hiv",
    "/beside?disease=malaria",
    "/beside?disease=malaria&from=2025-02-01&to=2025-03-31",
    "/beside?disease=malaria&beside=before",
    "/today.json",
    "/curves.json?disease=malaria",
    "/map.json?disease=malaria",
    "/map.svg?disease=malaria&from=2025-04-01&to=2025-04-30",
    "/map/trend.svg?disease=malaria&area=KH16&step=month",
    "/map/groups.svg?disease=malaria",
    "/today.svg",
    "/curves.svg?disease=malaria&area=KH16",
    "/find?q=ta",
    "/calendar",
    "/decisions",
    "/clusters",
    "/clusters/standing",
    "/data",
)
_YEAR = "from=2025-01-01&to=2025-12-31"
_ACROSS = "from=2025-02-10&to=2025-06-03"
#: Pages that were built after the map, and the numbers that stand beside them as JSON.
NEWER = (
    "/alerts",
    f"/alerts/digest?{_YEAR}",
    *(
        f"/bulletin/{period}.html?edition=issued{area}"
        for period, area in (("2025-04", ""), ("2025-12", "&province=KH12"), ("2025-W15", "&province=KH01"))
    ),
    "/districts.json",
    "/indicators.json",
    *(f"/cascade.json?disease={disease}&{days}" for disease in SIZES for days in (_YEAR, _ACROSS)),
    *(
        f"/cascade{end}?disease=malaria&{_YEAR}&by={by}"
        for end in ("", ".json")
        for by in ("sex", "province")
    ),
    *(f"/funnel{end}?disease=malaria&{_YEAR}&by=province&measure=positivity" for end in ("", ".json")),
    *(f"/rates.json?disease={disease}&{_YEAR}" for disease in SIZES),
    *(f"/provinces.json?disease={disease}&{days}" for disease in SIZES for days in (_YEAR, _ACROSS)),
    *(
        f"/indicators/{name}{end}?{_YEAR}{area}"
        for name in ("malaria_testing", "malaria_positivity", "malaria_imported", "hiv_positivity")
        for end, area in (("", ""), (".json", "&area=KH12"))
    ),
    f"/map.json?disease=malaria&measure=malaria_positivity&{_YEAR}",
    *(f"/provinces/{code}.json" for code in ("KH01", "KH12")),
    "/curves.json?disease=malaria&step=month&area=KH16",
)


#: What programs ask besides.
RESOURCES = (
    "/api/status",
    "/api/coverage?disease=malaria",
    "/api/coverage?disease=hiv&by=province&place=home",
    "/api/coverage?disease=malaria&compare=before",
    "/api/coverage?disease=malaria&by=facility",
    "/api/coverage?disease=hiv&by=crossing",
    "/api/indicators/malaria_testing",
    "/api/indicators/malaria_testing/course",
    "/api/curves?disease=malaria&group=sex",
    "/api/cascades?disease=malaria&by=sex",
    "/api/cascades/times?disease=malaria",
    "/api/cascades?disease=hiv",
    "/api/clusters",
    "/api/alerts",
    "/api/alerts/elsewhere",
    "/api/releases",
    "/api/arrivals",
    "/api/reporting?from=2025-01-01&to=2025-12-31",
)


def known_to(truth: Sequence[Told], own: Sequence[str]) -> list[Told]:
    """What an official has of her own provinces beside what is issued: her numbers by care."""
    return [one for one in truth if one.cell.dimension == "care" and one.cell.place in own]


@dataclass(frozen=True)
class Country:
    """A server, its database, the days of its release, and the diseases in it."""

    server: Flask
    database: Database
    first: date
    last: date
    diseases: Sequence[str]

    def reader(self, name: str, own: Sequence[str] = ()) -> Reader:
        """An account that asks: partners and officials take files, the others read pages."""
        takes = name in ("partner", "of-one") or name.startswith("partner")
        return Reader(signed_in(self.server, name), takes_files=takes, own=own)

    def program(self, name: str, own: Sequence[str] = ()) -> ProgramReader:
        """The same account as a program: it brings a token."""
        return ProgramReader(program(self.server, name), takes_files=False, own=own)

    def published(self, threshold: int) -> Published:
        """What the release in force says at a threshold, as it is stored."""
        with self.database.operations.connect() as connection:
            found = stored.in_force(connection)
            assert found is not None
            held = stored.contents(connection, found.id)
        return Published(
            {
                one.disease: sheets.unpack(sheets.expand(one.content))
                for one in held
                if one.threshold == threshold
            }
        )

    def truth(self, diseases: Sequence[str], *published: Published) -> list[Told]:
        """Every number of every issued period, small ones too: as an epidemiologist's files have them."""
        client = signed_in(self.server, "epidemiologist")
        tables: dict[tuple[str, str, str], set[Period]] = {}
        for disease, measure, dimension, period in {one for held in published for one in held.tables()}:
            tables.setdefault((disease, measure, dimension), set()).add(period)
        found = []
        for disease, measure, (by, place) in product(diseases, MEASURES, VIEWS):
            dimension = "crossing" if by == "crossing" else place
            for kind, first in sorted(tables.get((disease, measure, dimension), ())):
                question = {"disease": disease, "measure": measure, "by": by, "place": place,
                            "from": first.isoformat(),
                            "to": period_last_day(first, kind).isoformat()}  # type: ignore[arg-type] # fmt: skip
                answer = client.get("/map.csv", query_string=question)
                assert answer.status_code == 200, question
                for row in rows_of(answer.get_data(), "csv"):
                    if row["numerator"] not in ("", None):
                        numbers = {part: int(float(row[part])) for part in ("numerator", "denominator")}
                        cell = Cell(disease, measure, dimension, row["code"])
                        found.append(Told("truth", cell, ((kind, first),), numbers))
        return found


@contextmanager
def attacked(url: str, diseases: Sequence[str] = tuple(SIZES)) -> Iterator[Country]:
    """A server on a database with a release, with an account for each kind of attacker."""
    database = store.open_store(settings(url))
    try:
        add_accounts(database, ATTACKERS)
        with database.operations.connect() as connection:
            found = stored.in_force(connection)
        assert found is not None and found.since is not None
        with served(url) as server:
            yield Country(server, database, found.since, found.until, diseases)
    finally:
        database.dispose()
