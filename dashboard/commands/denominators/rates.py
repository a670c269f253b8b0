"""`rates`: cases per people, by province: crude, standardised, smoothed."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.questions import add_options, options_given
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.denominators import rates as service
from dashboard.services.denominators.rate_question import RatesQuery
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("rates", help="cases per 100,000 people: crude, standardised, smoothed")
    add_options(command, RatesQuery, required=("disease",))
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    query = RatesQuery.read(options_given(options, RatesQuery))
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    found = service.rates(database, grant, query, today_in_cambodia())
    store.audit_use(database, grant, "rates", query.parameters())
    write(found.records(), service.COLUMNS, options.format)
    for text, values in found.notes:
        say(text.format(**values))
    if not found.rows:
        say(found.reason or "No record of this disease is held: give --from and --to, or import files first.")
    return 0
