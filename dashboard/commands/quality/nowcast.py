"""`nowcast`: how many records the last weeks will hold when all have come."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.components.curves.nowcast_words import notes
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.nowcast import table
from dashboard.settings import Settings
from surveillance.diseases import DISEASES


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("nowcast", help="how many records the last weeks will hold when all are in")
    command.add_argument("--disease", choices=tuple(DISEASES), required=True, help="code of the disease")
    command.add_argument("--by", choices=("province",), help="each province of care as well")
    command.add_argument(
        "--what", choices=("cases", "patients"), default="cases", help="cases found positive, or all patients"
    )
    command.add_argument(
        "--date", choices=("visit", "onset"), default="visit", help="the day that puts a record into a week"
    )
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a row for each area and week."""
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = table.answer(
        database,
        grant,
        options.disease,
        today_in_cambodia(),
        by=options.date,
        cases=options.what == "cases",
        provinces=options.by == "province",
    )
    asked = {"disease": options.disease, "by": options.by, "what": options.what, "date": options.date}
    store.audit_use(database, grant, "nowcast", {name: given for name, given in asked.items() if given})
    write(found.rows(), table.COLUMNS, options.format)
    if found.reason:
        say(found.reason)
    for said in notes(found.areas[table.ALL], str) if found.areas else ():
        say(said)
    return 0
