"""`reporting`: who has reported, how completely, and in time."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.components.reporting.words import notes
from dashboard.parameters import Day
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reporting.read import judged
from dashboard.services.reporting.table import BY, COLUMNS, rows_of
from dashboard.settings import Settings
from surveillance.diseases import DISEASES

_DESCRIPTION = (
    "Say of each facility how many reports were due within some days, how many came, how many by their deadline, "
    "how many of those name no patient, and how many are missing. Whole weeks, months or quarters within the "
    "days count, by how often the facility list says that a facility reports, once their deadline has passed. "
    "A report that was sent twice is one. Records of HIV and syphilis tell nothing of who reported."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "reporting", help="who has reported: completeness and timeliness", description=_DESCRIPTION
    )
    command.add_argument("--by", choices=BY, default=BY[0], help="facility unless given")
    command.add_argument(
        "--disease",
        choices=tuple(DISEASES),
        help="reports on one disease; without it reports on any. Of HIV and syphilis declared periods alone",
    )
    command.add_argument("--from", dest="start", required=True, metavar="DATE", help="first day")
    command.add_argument("--to", dest="end", required=True, metavar="DATE", help="last day, included")
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    first, last = Day(name="--from").read(options.start), Day(name="--to").read(options.end)
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = judged(
        database, grant, disease=options.disease, first=first, last=last, today=today_in_cambodia()
    )
    rows = [row.record() for row in rows_of(found, options.by)]
    asked = {"by": options.by, "disease": options.disease, "from": options.start, "to": options.end}
    store.audit_use(
        database, grant, "reporting", {name: given for name, given in asked.items() if given is not None}
    )
    write(rows, COLUMNS, options.format)
    for said in notes(found, options.disease, str):
        say(said)
    return 0
