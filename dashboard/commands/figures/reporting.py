"""`reporting`: who has reported, how completely, and in time."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.components.reporting.words import notes
from dashboard.permissions import Grant
from dashboard.questions import add_options, options_given
from dashboard.reporting_filters import ReportingQuery
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reporting.read import judged
from dashboard.services.reporting.table import COLUMNS, rows_of
from dashboard.settings import Settings
from surveillance.errors import UsageError

_DESCRIPTION = (
    "Say of each facility how many reports were due within some days, how many came, how many by their "
    "deadline, how many name no patient, and how many are missing. Whole weeks, months or quarters within "
    "the days count, by how often the facility list says that a facility reports, once their deadline has "
    "passed. A report that was sent twice is one. Records of HIV and syphilis tell nothing of who reported."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "reporting", help="who has reported: completeness and timeliness", description=_DESCRIPTION
    )
    add_options(command, ReportingQuery, required=("from", "to"), section="")
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run, area=None)


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    query = ReportingQuery.read(options_given(options, ReportingQuery))
    if query.start is None or query.end is None:
        raise UsageError("--from and --to: name the first and the last day")
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    on = query.on or today_in_cambodia()
    found = judged(database, grant, disease=query.disease, first=query.start, last=query.end, today=on)
    store.audit_use(database, grant, "reporting", query.parameters())
    write([row.record() for row in rows_of(found, query.by)], COLUMNS, options.format)
    for said in notes(found, query.disease, str):
        say(said)
    return 0
