"""`indicators`: the list of indicators, and one of them by area."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dashboard.commands.output import say, write
from dashboard.exports.fhir import Reported, measure_report
from dashboard.messages import translator
from dashboard.parameters import Day
from dashboard.permissions import Grant
from dashboard.services import accounts, store
from dashboard.services.coverage import within
from dashboard.services.indicators import listing
from dashboard.services.indicators.course import COLUMNS as COURSE
from dashboard.services.indicators.course import STEPS, indicator_course
from dashboard.services.indicators.engine import indicator_table
from dashboard.services.indicators.model import COLUMNS, MORE, IndicatorTable
from dashboard.settings import Settings
from surveillance.errors import UsageError
from surveillance.indicators.model import BY

_FROM, _TO = Day(name="from"), Day(name="to")
_AS_OF = Day(name="as_of", called="as-of")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("indicators", help="the indicators, and one of them by area")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="every indicator with its definition")
    what.add_argument("--id", metavar="ID", help="one indicator, such as malaria_api")
    command.add_argument("--by", choices=BY, default="province", help="kind of area; province, if not given")
    command.add_argument("--step", choices=STEPS, help="over time in these steps, in place of areas")
    command.add_argument("--from", dest="first", metavar="DATE", help="first day; widened to whole cells")
    command.add_argument("--to", dest="last", metavar="DATE", help="last day; widened to whole cells")
    command.add_argument("--as-of", metavar="DATE", help="as it was shown at the end of that day")
    command.add_argument(
        "--provinces", metavar="KH01[,KH02]", help="as an account for these provinces sees it"
    )
    command.add_argument("--role", choices=tuple(accounts.ROLES), help="as an account in this role sees it")
    command.add_argument(
        "--format",
        choices=("table", "csv", "json", "fhir"),
        default="table",
        help="form of the answer; fhir: a MeasureReport of FHIR R4, of one indicator by area",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the list, or one indicator."""
    return _list(options) if options.list else _one(options)


def _list(options: argparse.Namespace) -> int:
    _refuse_fhir(options)
    km = translator("km")
    rows = [listing.record(row, km) for row in listing.rows()]
    columns = listing.SHORT if options.format == "table" else listing.COLUMNS
    write(rows, columns, options.format)
    return 0


def _refuse_fhir(options: argparse.Namespace) -> None:
    if options.format == "fhir":
        raise UsageError(
            "format: fhir is a report of one indicator by area: give --id, and no --step", "format"
        )


def _report(found: IndicatorTable) -> dict[str, Any]:
    if found.period is None:
        raise UsageError(
            "format: there are no records, so that a report has no period: give --from and --to", "from"
        )
    of = Reported(
        found.indicator.id,
        found.indicator.name,
        found.period.start,
        found.period.end,
        datetime.now(UTC).isoformat(timespec="seconds"),
        found.by,
    )
    rows = [] if found.by == "country" else found.records()
    return measure_report(of, found.total.record(), rows)


def _one(options: argparse.Namespace) -> int:
    first, last, as_of = (
        None if text is None else day.read(text)
        for day, text in ((_FROM, options.first), (_TO, options.last), (_AS_OF, options.as_of))
    )
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    if options.provinces is not None:
        grant = replace(grant, scope=within.scope_of(options.provinces))
    if options.role is not None:
        grant = replace(grant, role=options.role)
    if options.step is not None:
        _refuse_fhir(options)
        points = indicator_course(database, grant, options.id, options.step, first=first, last=last)
        store.audit_use(database, grant, "indicators", {"id": options.id, "step": options.step})
        write([point.record() for point in points], COURSE, options.format)
        return 0
    found = indicator_table(database, grant, options.id, by=options.by, first=first, last=last, as_of=as_of)
    asked = {"id": options.id, "by": options.by, "from": options.first, "to": options.last}
    asked |= {"as_of": options.as_of, "provinces": options.provinces, "role": options.role}
    said = {name: value for name, value in asked.items() if value is not None}
    store.audit_use(database, grant, "indicators", said)
    if options.format == "fhir":
        print(json.dumps(_report(found), ensure_ascii=False, allow_nan=False))
        return 0
    columns = (*COLUMNS, *MORE) if options.format == "json" else COLUMNS
    rows = [{name: row[name] for name in columns} for row in found.records()]
    write(rows, columns, options.format)
    for line in listing.told(found, str):
        say(line)
    return 0
