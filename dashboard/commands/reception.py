"""`reception import`: records of reception centres, a receipt per file out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.importing import print_receipt
from dashboard.commands.output import say, write_json
from dashboard.messages import LANGUAGES, translator
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports import saved_mappings
from dashboard.services.imports.options import DEFAULT_MAPPING, DEFAULT_SOURCE, SAME_NUMBERS, ImportOptions
from dashboard.services.reception.files import IMPORTED, import_records
from dashboard.settings import Settings
from surveillance.errors import UnreadableFileError


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("reception", help="records of reception centres")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = actions.add_parser("import", help="import records of one kind (CSV, XLSX, XLS, ODS, JSON)")
    bring.add_argument("files", nargs="+", metavar="FILE", type=Path, help="files to import")
    bring.add_argument("--kind", required=True, choices=IMPORTED, help="what each row of them is")
    bring.add_argument(
        "--source", default=DEFAULT_SOURCE, metavar="NAME", help="who delivers; part of a record's identity"
    )
    bring.add_argument(
        "--mapping",
        default=DEFAULT_MAPPING,
        metavar="NAME|FILE",
        help="what the files' columns and values mean: one made in the browser, or a file",
    )
    bring.add_argument(
        "--dates", choices=("day-first", "month-first"), help="how the files write days as numbers"
    )
    bring.add_argument("--era", choices=("thai", "cambodian"), help="of which reckoning Buddhist years are")
    bring.add_argument(
        "--same-numbers",
        choices=SAME_NUMBERS,
        help="what numbers are that are held for other people: corrections, or no identity",
    )
    bring.add_argument("--sheet", metavar="NAME", help="sheet of a workbook")
    bring.add_argument("--dry-run", action="store_true", help="count what would happen; store nothing")
    bring.add_argument(
        "--language", choices=tuple(LANGUAGES), default="en", help="in which is said what is wrong with rows"
    )
    bring.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    bring.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import every file that can be read; 3 where one cannot."""
    settings = Settings.read()
    database = store.open_store(settings)
    t = translator(options.language)
    asked = ImportOptions(
        source=options.source.strip() or DEFAULT_SOURCE,
        mapping=saved_mappings.named(database, options.mapping),
        same_numbers=options.same_numbers,
        dates=options.dates,
        era=options.era,
        sheet=options.sheet,
        dry_run=options.dry_run,
        t=t,
    )
    receipts, code = [], 0
    try:
        for path in options.files:
            try:
                done = import_records(database, Grant.custodian(), settings, path, options.kind, asked)
            except UnreadableFileError as error:
                say(f"chhlang: {error.in_words(t)}")
                code = error.exit_code
                continue
            receipts.append(done.record())
            if options.format == "text":
                said = f" of {options.kind}" + (" (dry run)" if options.dry_run else "")
                print_receipt(done, options.language, said)
    finally:
        if options.format == "json":
            write_json(receipts)
    return code
