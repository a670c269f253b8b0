"""`coverage`: one row per area."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from dashboard.commands.output import say, write
from dashboard.components.coverage import issued_words
from dashboard.components.coverage.widening import widened
from dashboard.components.coverage.words import before_records, notes
from dashboard.exports.coverage import described
from dashboard.exports.stamp import EVERY_NUMBER, Stamp
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.questions import add_options, options_given
from dashboard.services import accounts, store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import changes, view, within
from dashboard.services.coverage.as_of import status_at
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus, data_status
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("coverage", help="coverage per province, crossing or facility")
    add_options(command, CoverageQuery, required=("disease", "by"))
    command.add_argument(
        "--provinces",
        metavar="KH01[,KH02]",
        help="as an account for these provinces of care sees it, crossings by their facilities' records, too",
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
    """Print the table."""
    query = CoverageQuery.read(options_given(options, CoverageQuery))
    database = store.open_store(Settings.read())
    grant = Grant.custodian()
    if options.provinces is not None:
        grant = replace(grant, scope=within.scope_of(options.provinces))
    if options.role is not None:
        grant = replace(grant, role=options.role)
    today = today_in_cambodia()
    columns: tuple[str, ...] = ()
    facts, missing = None, []
    if query.compare is None:
        table = view.table(database, grant, query, today)
        rows = table.records()
    else:
        table, shift = view.compared(database, grant, query, today)
        columns, facts = changes.COLUMNS, shift.facts
        missing = before_records(shift, str)
        rows = [row | shift.columns(row["code"]) for row in table.records()]
    seen_by = {"provinces": options.provinces, "role": options.role}
    asked = {name: given for name, given in seen_by.items() if given is not None}
    store.audit_use(database, grant, "coverage", query.parameters() | asked)
    names = [*table.columns, *columns]
    if options.format != "table":  # a file may be read without what is said beside it
        status = data_status(database)
        if query.as_of is not None:
            status = status_at(database, status, query.as_of, today)
        stamp = _stamp(status, grant)
        names = [column.name for column in stamp.columns(described(names))]
        rows = list(stamp.rows(rows))
    write(rows, names, options.format)
    if said := widened(table, (query.start, query.end), str):
        say(said)
    for said in missing or notes(facts, str):
        say(said)
    if query.as_of:
        say(
            f"As shown at the end of {query.as_of} in Phnom Penh; facilities and places that were resolved "
            "since are where they are known to be now."
        )
    if table.known_from:
        say(
            f"Crossings are known by province of care from {table.known_from} on; older records were reduced "
            "to sums before that was counted."
        )
    for said in issued_words.of_table(table, str):
        say(said)
    if reason := table.reason or rules.reason_hidden(grant, query):
        say(reason)
    return 0


def _stamp(status: DataStatus, grant: Grant) -> Stamp:
    """What each row says of itself that is of no release."""
    fewest = EVERY_NUMBER if rules.entitled(grant) else grant.threshold
    return Stamp(fewest, status.last_visit.isoformat() if status.last_visit else "", grant.role)
