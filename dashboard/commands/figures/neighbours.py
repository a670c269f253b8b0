"""`neighbours`: areas across the border, who lives there, and their counts: import, list, export."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from dashboard.commands.figures import version_files
from dashboard.commands.output import write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.versioned import Imported
from dashboard.services.neighbours import importing, tables
from dashboard.settings import Settings

_KINDS = ("areas", "population", "counts")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "neighbours",
        help="areas across the border, with their populations and counts",
        description="Provinces and districts of Thailand, Viet Nam and Laos, how many live there, and how "
        "many cases were counted there: dated, with a receipt for each file and every version kept. They "
        "stand beside Cambodia's figures and are in none of its totals.",
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = version_files.add_import(
        actions,
        "add and change areas, populations or counts from a CSV or workbook",
        "area, level, name_en (areas); area, year, population; or area, disease, period, cases (counts); see "
        "`docs/files.md`",
    )
    bring.add_argument("--licence", default="", metavar="TEXT", help="terms of use, of rows that name none")
    bring.add_argument("--disease", default="", metavar="CODE", help="of counts that name no disease")
    bring.add_argument(
        "--published",
        action="store_true",
        help="the source has published these counts: whoever sees coverage sees them as they were sent",
    )
    bring.add_argument(
        "--dates", choices=("day-first", "month-first"), help="how the file writes days as numbers"
    )
    bring.add_argument(
        "--era", choices=("thai", "cambodian"), help="of which reckoning its Buddhist years are"
    )
    version_files.add_import_answer(bring)
    listing = actions.add_parser("list", help="what is held, and who says so")
    listing.add_argument("kind", choices=_KINDS, nargs="?", default="areas", help="areas, unless given")
    listing.add_argument("--area", default="", metavar="CODE", help="of this area alone")
    listing.add_argument("--history", action="store_true", help="also what later files replaced or took back")
    listing.add_argument("--format", choices=("table", "csv", "json"), default="table", help="form")
    export = actions.add_parser("export", help="what is held as a CSV that can be imported again")
    export.add_argument("kind", choices=_KINDS, help="which")
    export.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="where to; without it, to the screen"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import, list or export."""
    settings = Settings.read()
    database, grant = store.open_store(settings), Grant.custodian()
    if options.action == "import":
        said = importing.Said(options.licence.strip(), options.disease, options.published)

        def bring(path: Path, given: ImportOptions) -> Imported:
            given = replace(given, era=options.era)
            return importing.import_neighbours(database, grant, settings, path, given, said)

        return version_files.import_files(options, "neighbours", bring)
    listing = options.action == "list"
    history, area = listing and options.history, options.area if listing else ""
    rows = tables.listed(database, grant, options.kind, area=area, history=history)
    used = {"kind": options.kind, "area": area, "history": history}
    store.audit_use(
        database,
        grant,
        f"neighbours {options.action}",
        {name: value for name, value in used.items() if value},
    )
    if listing:
        columns = (*tables.LISTED_COLUMNS[options.kind], *((tables.HISTORY,) if history else ()))
        write([{name: row[name] for name in columns} for row in rows], columns, options.format)
        return 0
    columns = tables.EXPORTED_COLUMNS[options.kind]
    version_files.export(
        options.file, [{name: row[name] for name in columns} for row in rows], columns,
        f"{len(rows)} {options.kind}",
    )  # fmt: skip
    return 0
