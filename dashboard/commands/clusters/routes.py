"""`routes`: roads between places, and flows of people, along which clusters are looked for."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dashboard.commands.importing import notice_in_words
from dashboard.commands.output import say, write, write_json
from dashboard.messages import LANGUAGES, translator
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.services.routes import importing, tables
from dashboard.settings import Settings
from dashboard.spreadsheet import write_rows
from surveillance.errors import UnreadableFileError, UsageError

_KINDS = ("roads", "flows")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "routes",
        help="roads and flows of people, for clusters along them",
        description="Tables of roads (from, to, distance in km) and of flows (from, to, people) between "
        "facilities, operational districts, provinces, crossings, districts and communes: dated, with a "
        "receipt for each file and every version kept. `clusters --along roads|flows` scans along them.",
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = actions.add_parser("import", help="add and change roads or flows from a CSV or workbook")
    bring.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        type=Path,
        help="columns from, to, and distance (roads) or people (flows); since, source; see `docs/files.md`",
    )
    bring.add_argument(
        "--source", default="", metavar="NAME", help="who says so, of rows that name no source"
    )
    bring.add_argument("--sheet", metavar="NAME", help="sheet of a workbook")
    bring.add_argument(
        "--dates", choices=("day-first", "month-first"), help="how the file writes days as numbers"
    )
    bring.add_argument("--dry-run", action="store_true", help="count what would happen; store nothing")
    bring.add_argument(
        "--language", choices=tuple(LANGUAGES), default="en", help="in which is said what is wrong"
    )
    bring.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    listing = actions.add_parser("list", help="every road and flow, since when, and who says so")
    listing.add_argument("--kind", choices=_KINDS, help="these alone")
    listing.add_argument("--history", action="store_true", help="also what later files replaced or took back")
    listing.add_argument("--format", choices=("table", "csv", "json"), default="table", help="form")
    export = actions.add_parser("export", help="roads or flows as a CSV that can be imported again")
    export.add_argument("kind", choices=_KINDS, help="which")
    export.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="where to; without it, to the screen"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import, list or export."""
    settings = Settings.read()
    database = store.open_store(settings)
    if options.action == "import":
        return _import(options, settings, database)
    history = options.action == "list" and options.history
    rows = tables.listed(database, Grant.custodian(), kind=options.kind, history=history)
    said = {"kind": options.kind, "history": history or None}
    store.audit_use(
        database, Grant.custodian(), f"routes {options.action}", {k: v for k, v in said.items() if v}
    )
    if options.action == "list":
        columns = tables.HISTORY_COLUMNS if history else tables.LISTED_COLUMNS
        write([{name: row[name] for name in columns} for row in rows], columns, options.format)
        return 0
    with ExitStack() as opened:
        try:
            target = (
                opened.enter_context(options.file.open("w", encoding="utf-8-sig", newline=""))
                if options.file
                else sys.stdout
            )
        except OSError as error:
            raise UsageError(f"{options.file}: cannot be written ({error.strerror})") from error
        write_rows(target, tables.exported(rows, options.kind), tables.EXPORTED_COLUMNS[options.kind])
    if options.file:
        print(f"{options.file}: {len(rows)} {options.kind}")
    return 0


def _import(options: argparse.Namespace, settings: Settings, database: Any) -> int:
    t = translator(options.language)
    receipts, code = [], 0
    try:
        for path in options.files:
            given = ImportOptions(
                source=options.source.strip()[:300] or DEFAULT_SOURCE,
                sheet=options.sheet,
                dry_run=options.dry_run,
                dates=options.dates,
                t=t,
            )
            try:
                done = importing.import_routes(database, Grant.custodian(), settings, path, given)
            except UnreadableFileError as error:
                say(f"chhlang: {error.in_words(t)}")
                code = error.exit_code
                continue
            receipts.append(done.record())
            if options.format == "text":
                _print(done, options.language)
    finally:  # what was imported has its receipt, whatever stops the files after it
        if options.format == "json":
            write_json(receipts)
    return code


def _print(done: importing.RoutesImported, language: str) -> None:
    """Print what became of a file, in the words of line lists."""
    receipt, t = done.receipt, translator(language)
    stored = f", file {receipt.batch} of roads and flows" if receipt.batch else " (dry run)"
    print(f"{receipt.file}: {receipt.rows} rows of {done.kind}{stored}")
    for name in ("accepted", "amended", "withdrawn", "duplicate", "rejected"):
        print(f"  {name:<10}{getattr(receipt, name):>10}")
    for said in [notice_in_words(one, language) for one in done.reading] + [
        one.in_words(t) for one in done.notes
    ]:
        print(f"  note: {said}")
    for number, reason in done.reasons:
        print(f"  row {number}: {reason}")
    if receipt.rejected > len(done.reasons):
        print(f"  and {receipt.rejected - len(done.reasons)} more rejected rows")
    if receipt.returned_file:
        print(f"  returned rows: {receipt.returned_file}")
