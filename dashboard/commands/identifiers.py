"""`identifiers`: whose numbers are the same person in every facility."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import identifiers as service
from dashboard.services import store
from dashboard.settings import Settings

_FORMATS = ("table", "csv", "json")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "identifiers", help="person numbers that are shared between facilities: list, share, unshare"
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="who issued the numbers of stored records")
    listing.add_argument("--all", action="store_true", help="also who numbers one facility's people only")
    listing.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    share = actions.add_parser("share", help="the issuer's numbers are the same person in every facility")
    unshare = actions.add_parser(
        "unshare", help="take that back: a number is a person within a facility only"
    )
    for action in (share, unshare):
        action.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
        action.add_argument("issuer", metavar="ISSUER", help="as files have it in person_id_issuer")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, share or unshare."""
    settings = Settings.read()
    database = store.open_store(settings)
    grant = Grant.custodian()
    if options.action == "list":
        rows = [asdict(one) for one in service.listed(database, grant, settings, every=options.all)]
        store.audit_use(database, grant, "identifiers list", {"all": options.all})
        write(rows, service.COLUMNS, options.format)
        if any(not row["name"] for row in rows):
            say("Where no name is shown, fewer than three rows of any file agreed on it.")
        return 0
    name = options.issuer.strip()
    shares = options.action == "share"
    records = (service.share if shares else service.unshare)(database, grant, settings, name)
    write(
        [{"issuer": name, "shared": shares, "records": records}],
        ("issuer", "shared", "records"),
        options.format,
    )
    say("Shared: one number is one person everywhere. Not shared: one person in each facility.")
    return 0
