"""`data-quality`: what in the records deserves a question, and what became of it."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.components.quality import words
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.data_quality import quality_list as service
from dashboard.services.data_quality.models import COLUMNS
from dashboard.settings import Settings
from surveillance.data_quality.fields import KINDS, STATES


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "data-quality", help="blanks, outliers, impossible pairs, changes, and what became of them"
    )
    command.add_argument("--from", dest="start", metavar="DATE", help="first day; widened to whole months")
    command.add_argument("--to", dest="end", metavar="DATE", help="last day; widened to whole months")
    command.add_argument("--kind", choices=tuple(KINDS), help="one kind of finding")
    command.add_argument("--state", choices=tuple(STATES), help="findings in one state")
    command.add_argument("--facility", metavar="NUMBER", help="findings of one facility")
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a row for each finding."""
    given = {
        "from": options.start,
        "to": options.end,
        "kind": options.kind,
        "state": options.state,
        "facility": options.facility,
    }
    asked = {name: text for name, text in given.items() if text}
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = service.quality_list(database, grant, service.Question.read(asked))
    store.audit_use(database, grant, "data quality", asked)
    write([one.row() for one in found.findings], COLUMNS, options.format)
    say(words.summary(found, str))
    return 0
