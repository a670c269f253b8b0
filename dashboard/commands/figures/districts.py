"""`districts`: to which operational district each facility belongs, since when: import, list, export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.figures import version_files
from dashboard.commands.figures.version_files import day_of
from dashboard.commands.output import write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.districts import home, importing, tables
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.versioned import Imported
from dashboard.settings import Settings
from surveillance.diseases import DISEASES

_FORMATS = ("table", "csv", "json")
_DAYS = {
    "from": "first day; all there is, if not given",
    "to": "last day, included",
    "as-of": "as it was shown at the end of that day",
}


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "districts", help="operational districts of health facilities, with their days"
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = version_files.add_import(
        actions,
        "add and change districts from a CSV or workbook",
        "facility_id, operational_district; from, province, source; see `docs/files.md`",
    )
    bring.add_argument(
        "--dates", choices=("day-first", "month-first"), help="how the file writes days as numbers"
    )
    version_files.add_import_answer(bring)
    listing = actions.add_parser("list", help="every facility, its district, since when, and who says so")
    listing.add_argument("--history", action="store_true", help="also what later files replaced or took back")
    listing.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    version_files.add_export(actions, "districts as a CSV that can be imported again")
    count = actions.add_parser("count", help="records by administrative district of home or of infection")
    count.add_argument("--disease", required=True, choices=tuple(DISEASES), metavar="CODE", help="its code")
    count.add_argument("--place", choices=home.PLACES, default=home.PLACES[0], help="whose district")
    count.add_argument(
        "--measure", choices=home.MEASURED, default=home.MEASURED[0], help="what is counted beside records"
    )
    count.add_argument("--province", metavar="CODE", help="of this province alone")
    for name in ("from", "to", "as-of"):
        count.add_argument(f"--{name}", metavar="DATE", help=_DAYS[name])
    count.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import, list or export."""
    settings = Settings.read()
    database = store.open_store(settings)
    if options.action == "import":

        def bring(path: Path, given: ImportOptions) -> Imported:
            return importing.import_districts(database, Grant.custodian(), settings, path, given)

        return version_files.import_files(options, "districts", bring)
    if options.action == "count":
        return _count(options, database)
    history = options.action == "list" and options.history
    rows = tables.listed(database, Grant.custodian(), history=history)
    store.audit_use(
        database, Grant.custodian(), f"districts {options.action}", {"history": True} if history else {}
    )
    if options.action == "list":
        columns = tables.HISTORY_COLUMNS if history else tables.LISTED_COLUMNS
        write([{name: row[name] for name in columns} for row in rows], columns, options.format)
        return 0
    said = f"{len(rows)} districts of facilities"
    version_files.export(options.file, tables.exported(rows), tables.EXPORTED_COLUMNS, said)
    return 0


def _count(options: argparse.Namespace, database: Any) -> int:
    days = {name: day_of(f"--{name}", getattr(options, name.replace("-", "_"))) for name in _DAYS}
    found = home.district_table(
        database,
        Grant.custodian(),
        place=options.place,
        disease=options.disease,
        measure=options.measure,
        province=options.province,
        first=days["from"],
        last=days["to"],
        as_of=days["as-of"],
    )
    asked = {name: getattr(options, name) for name in ("disease", "place", "measure", "province")}
    asked |= {name: day.isoformat() for name, day in days.items() if day}
    store.audit_use(database, Grant.custodian(), "districts count", {k: v for k, v in asked.items() if v})
    write(found.records(), home.COLUMNS, options.format)
    return 0
