"""`delays`: how many days lie between onset, visit, report and the file that brought a record."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.nowcast import delay_table
from dashboard.settings import Settings
from surveillance.diseases import DISEASES


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("delays", help="days between onset, visit, report and arrival of records")
    command.add_argument(
        "--by", choices=delay_table.LEVELS, default=delay_table.COUNTRY, help="one row for each"
    )
    told = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)
    command.add_argument("--disease", choices=told, help="code of the disease; all but HIV and syphilis")
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a row for each place and step."""
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = delay_table.table(database, grant, by=options.by, disease=options.disease)
    asked = {"by": options.by, "disease": options.disease}
    store.audit_use(database, grant, "delays", {name: given for name, given in asked.items() if given})
    write(list(found.rows), delay_table.COLUMNS, options.format)
    say(
        "Quartiles of records of the last year, allowing for records that are still to come. cut: records so "
        "recent that others of their age may still come."
    )
    if not found.arrivals:
        say("Nothing is said of arrival: files have not come regularly for long enough.")
    return 0
