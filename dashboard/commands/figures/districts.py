"""`districts`: to which operational district each facility belongs, since when: import, list, export."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.commands.importing import notice_in_words
from dashboard.commands.output import say, write, write_json
from dashboard.messages import LANGUAGES, translator
from dashboard.parameters import read_day
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.districts import home, importing, tables
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.settings import Settings
from dashboard.spreadsheet import write_rows
from surveillance.diseases import DISEASES
from surveillance.errors import UnreadableFileError, UsageError

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
    bring = actions.add_parser("import", help="add and change districts from a CSV or workbook")
    bring.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        type=Path,
        help="columns facility_id, operational_district; from, province, source; see `docs/files.md`",
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
    listing = actions.add_parser("list", help="every facility, its district, since when, and who says so")
    listing.add_argument("--history", action="store_true", help="also what later files replaced or took back")
    listing.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    export = actions.add_parser("export", help="districts as a CSV that can be imported again")
    export.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="where to; without it, to the screen"
    )
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
        return _import(options, settings, database)
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
    with ExitStack() as opened:
        try:
            target = (
                opened.enter_context(options.file.open("w", encoding="utf-8-sig", newline=""))
                if options.file
                else sys.stdout
            )
        except OSError as error:
            raise UsageError(f"{options.file}: cannot be written ({error.strerror})") from error
        write_rows(target, tables.exported(rows), tables.EXPORTED_COLUMNS)
    if options.file:
        print(f"{options.file}: {len(rows)} districts of facilities")
    return 0


def _count(options: argparse.Namespace, database: Any) -> int:
    days = {name: _day(f"--{name}", getattr(options, name.replace("-", "_"))) for name in _DAYS}
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


def _day(option: str, text: str | None) -> date | None:
    try:
        return read_day(text) if text else None
    except ValueError as error:
        raise UsageError(f"{option}: write the day as YYYY-MM-DD") from error


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
                done = importing.import_districts(database, Grant.custodian(), settings, path, given)
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


def _print(done: importing.DistrictsImported, language: str) -> None:
    """Print what became of a file, in the words of line lists."""
    receipt, t = done.receipt, translator(language)
    stored = f", file {receipt.batch} of districts" if receipt.batch else " (dry run)"
    print(f"{receipt.file}: {receipt.rows} rows{stored}")
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
