"""`malaria`: cases with something left to do, and the villages that cases came from."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.components.indicators import malaria_words
from dashboard.exports.sheets.malaria import FOCI, WORKLIST
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import now_in_cambodia
from dashboard.services.malaria import foci, worklist
from dashboard.settings import Settings

#: Why the command line reads records: whoever uses it holds the database.
_REASON = "follow-up: on the command line"
#: The command line is not held to a number of looks within an hour.
_ANY = 10**9


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("malaria", help="cases of malaria to follow up, and foci by village")
    command.add_argument("what", choices=("worklist", "foci"), help="which list")
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one of the lists."""
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    if options.what == "worklist":
        found = worklist.worklist(database, grant, reason=_REASON, most=_ANY, now=now_in_cambodia())
        write(
            [row.record(number) for number, row in enumerate(found.rows, start=1)],
            [column.name for column in WORKLIST],
            options.format,
        )
        say(malaria_words.moment(found.at, found.synthetic_now, str))
        for line in malaria_words.summary(found, str):
            say(line)
        return 0
    at, _ = worklist.moment(database, now_in_cambodia())
    register = foci.register(database, grant, today=at.date())
    store.audit_use(database, grant, "export", {"table": "foci of malaria", "format": options.format})
    write(register.records(), [column.name for column in FOCI], options.format)
    for line in malaria_words.register_summary(register, str):
        say(line)
    return 0
