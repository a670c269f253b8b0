"""`places`: texts of unrecognised places, and what they mean."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.places import unmatched as service
from dashboard.settings import Settings

_FORMATS = ("table", "csv", "json")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("places", help="unrecognised places: list them, say what they mean")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="texts that wait, most records first")
    listing.add_argument("--all", action="store_true", help="also those that are resolved")
    resolve = actions.add_parser("resolve", help="place every record with a text, now and from now on")
    undo = actions.add_parser("undo", help="take a resolution back")
    for action in (resolve, undo):
        action.add_argument(
            "text", metavar="TEXT|MARK", help="as a file wrote it, or as `list` shows its mark"
        )
    resolve.add_argument("code", metavar="CODE", help="province, country, crossing, area number, or unknown")
    for action in (listing, resolve, undo):
        action.add_argument("--field", choices=service.FIELDS, help="in this column only")
        action.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, resolve or undo."""
    settings = Settings.read()
    database = store.open_store(settings)
    grant = Grant.custodian()
    if options.action == "list":
        rows = service.waiting(database, grant, field=options.field, resolved=options.all)
        store.audit_use(database, grant, "places list", {"field": options.field, "all": options.all})
        write(rows, service.COLUMNS, options.format)
        if any(row["text"] is None for row in rows):
            say(
                "Where no text is shown, fewer than three rows of any file agreed on it: it may be "
                "somebody's name, and stands only in the file it came in."
            )
        return 0
    if options.action == "resolve":
        done = service.resolve(database, grant, settings, options.text, options.code, field=options.field)
    else:
        done = service.undo(database, grant, settings, options.text, field=options.field)
    write([item.record() for item in done], ("field", "mark", "code", "records"), options.format)
    return 0
