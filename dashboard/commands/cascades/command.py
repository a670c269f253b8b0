"""`cascade`: how many took each step of a disease, and how long it took."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from dashboard.cascade_filters import CascadeQuery
from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.questions import add_options, options_given
from dashboard.services import accounts, store
from dashboard.services.cascades.cascade import cascade
from dashboard.services.cascades.models import COLUMNS, TIMES
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports.data_status import data_status
from dashboard.settings import Settings
from surveillance.rates.cascade import PATHS
from surveillance.rates.waits import SPANS


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "cascade", help="how many took each step of a disease, and where others were lost"
    )
    add_options(command, CascadeQuery, required=("disease",))
    command.add_argument(
        "--times", action="store_true", help="times between steps, in days, in place of counts"
    )
    command.add_argument(
        "--role",
        choices=tuple(accounts.ROLES),
        help="as an account in this role sees it: some are shown issued figures alone",
    )
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the cascade."""
    query = CascadeQuery.read(options_given(options, CascadeQuery))
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    if options.role is not None:
        grant = replace(grant, role=options.role)
    status = data_status(database)
    today = today_in_cambodia()
    found = cascade(database, grant, query, status.last_visit, today, times=options.times)
    seen_by = {} if options.role is None else {"role": options.role}
    store.audit_use(database, grant, "cascade", query.parameters() | seen_by)
    if options.times:
        write(found.times({code: span.name for code, span in SPANS.items()}), TIMES, options.format)
        said = [found.waits_hidden]
    else:
        write(found.records(), COLUMNS, options.format)
        said = [found.hidden, *dict.fromkeys(step.reason for step in found.steps)]
        if query.path in PATHS:
            said.append(PATHS[query.path].note)
    for line in filter(None, said):
        say(line)
    if found.known_from:
        say(f"Single records are held from {found.known_from} on: days before it are kept as sums only.")
    return 0
