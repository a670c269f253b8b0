"""`calendar`: festivals, public holidays, events, and when crossings were closed."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.commands.output import write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.calendar import entries as service
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("calendar", help="festivals, holidays, events, closed crossings")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    importing = actions.add_parser("import", help="keep the entries of a file, each by its key")
    importing.add_argument(
        "file", metavar="FILE", nargs="?", help="CSV; without one, the calendar that comes with Chhlang"
    )
    listing = actions.add_parser("list", help="every entry")
    listing.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import or list."""
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    if options.action == "list":
        rows = [_texts(asdict(entry)) for entry in service.entries(database, grant)]
        store.audit_use(database, grant, "calendar list", {})
        write(rows, service.COLUMNS, options.format)
        return 0
    text = service.read_file(Path(options.file)) if options.file else service.shipped()
    done = service.put(database, grant, service.parse(text))
    print(f"calendar: {done.rows} entries read, {done.new} new, {done.changed} changed")
    return 0


def _texts(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as a file holds it."""
    said = {True: "yes", False: "no", None: ""}
    return {
        name: said[value] if value is None or isinstance(value, bool) else str(value)
        for name, value in entry.items()
    }
