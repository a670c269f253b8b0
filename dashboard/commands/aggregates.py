"""`aggregates`: aggregate reports beside the line lists of the same facility and period."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.coverage import aggregates
from dashboard.settings import Settings
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("aggregates", help="aggregate reports beside line lists: what differs")
    command.add_argument("--disease", required=True, choices=tuple(DISEASES), help="code of the disease")
    command.add_argument("--measure", choices=tuple(MEASURES), default="testing", help="testing unless given")
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the comparison."""
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    found = aggregates.comparisons(database, grant, options.disease, options.measure)
    store.audit_use(database, grant, "aggregates", {"disease": options.disease, "measure": options.measure})
    write([item.record() for item in found], aggregates.COLUMNS, options.format)
    return 0
