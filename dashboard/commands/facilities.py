"""`facilities import`: the list of facilities."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write_json
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.reporting.schedule import COLUMNS, put, read_file
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("facilities", help="the list of facilities")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = actions.add_parser("import", help="add and change facilities from a CSV or XLSX")
    bring.add_argument("file", metavar="FILE", type=Path, help="the list, as CSV or XLSX")
    bring.add_argument(
        "--dates", choices=("day-first", "month-first"), help="how the file writes days as numbers"
    )
    bring.add_argument("--era", choices=("thai", "cambodian"), help="of which reckoning Buddhist years are")
    bring.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    bring.set_defaults(run=run)
    schedule = actions.add_parser(
        "schedule", help="how often and by when facilities report on one disease, from a CSV"
    )
    schedule.add_argument("file", metavar="FILE", type=Path, help=f"CSV: {', '.join(COLUMNS)}")
    schedule.set_defaults(run=run_schedule)


def run_schedule(options: argparse.Namespace) -> int:
    """Keep how often facilities report on one disease."""
    database = store.open_store(Settings.read())
    done = put(database, Grant.custodian(), read_file(options.file))
    print(
        f"{options.file}: {done.rows} lines: {done.added} added, {done.changed} changed, "
        f"{done.unchanged} unchanged"
    )
    return 0


def run(options: argparse.Namespace) -> int:
    """Import one list."""
    database = store.open_store(Settings.read())
    receipt, messages = import_facilities(
        database, Grant.custodian(), options.file, dates=options.dates, era=options.era
    )
    for number, message in messages:
        say(f"row {number}: {message}")
    if options.format == "json":
        write_json([receipt.record()])
    else:
        print(
            f"{receipt.file}: {receipt.rows} rows: {receipt.added} added, {receipt.changed} changed, "
            f"{receipt.unchanged} unchanged, {receipt.rejected} rejected"
        )
    return 0
