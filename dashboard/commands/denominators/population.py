"""`population`: figures that rates are divided by: import, list, export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.figures import version_files
from dashboard.commands.figures.version_files import day_of
from dashboard.commands.output import write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.denominators import importing, tables
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.versioned import Imported
from dashboard.settings import Settings
from surveillance.denominators.kinds import KINDS

_FORMATS = ("table", "csv", "json")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("population", help="population figures, which rates are divided by")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    version_files.add_import_answer(
        version_files.add_import(
            actions,
            "add and change figures from a CSV or workbook",
            "area, year, population; see `docs/files.md`",
        )
    )
    listing = actions.add_parser("list", help="figures in force, with who says so")
    listing.add_argument("--history", action="store_true", help="also what later files replaced or took back")
    listing.add_argument("--as-of", metavar="DATE", help="as they were at the end of this day (YYYY-MM-DD)")
    listing.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    export = version_files.add_export(actions, "figures as a CSV that can be imported again")
    for action in (listing, export):
        action.add_argument("--kind", choices=tuple(KINDS), help="of this kind alone")
        action.add_argument("--area", metavar="AREA", help="of this area alone: a name or code")
        action.add_argument("--year", type=int, metavar="YEAR", help="of this year alone")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import, list or export."""
    settings = Settings.read()
    database = store.open_store(settings)
    if options.action == "import":

        def bring(path: Path, given: ImportOptions) -> Imported:
            return importing.import_population(
                database, Grant.custodian(), settings, path, given, options.language
            )

        return version_files.import_files(options, "population figures", bring)
    as_of = day_of("--as-of", options.as_of) if options.action == "list" else None
    history = options.action == "list" and options.history
    asked = {"kind": options.kind, "area": options.area, "year": options.year}
    found = tables.listed(database, Grant.custodian(), **asked, history=history, as_of=as_of)
    said = asked | {"history": history, "as_of": as_of and as_of.isoformat()}
    used = {name: value for name, value in said.items() if value}
    store.audit_use(database, Grant.custodian(), f"population {options.action}", used)
    if options.action == "list":
        columns = tables.HISTORY_COLUMNS if history else tables.LISTED_COLUMNS
        rows = [{name: row[name] for name in columns} for row in found.rows()]
        write(rows, columns, options.format)
        return 0
    said_of_file = f"{len(found.versions)} figures"
    version_files.export(options.file, found.exported(), tables.EXPORTED_COLUMNS, said_of_file)
    return 0
