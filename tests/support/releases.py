"""Stand-ins for suppression and audit, where a test is about who does what and not about what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from unittest import mock

import numpy as np

from dashboard.services.releases import auditing, desk, preparing, queue
from db.core.engine import Database
from db.maintenance.opening import open_database
from surveillance.disclosure.audit import Report
from surveillance.disclosure.model import Block, Pattern, State
from tests.support import release_data
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.release_data import LAST

SINCE = date(2025, 1, 1)
#: Accounts of releases. Name in the address -> role, provinces.
PEOPLE: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "epidemiologist": ("epidemiologist", None),
    "other": ("epidemiologist", None),
    "manager": ("data_manager", None),
    "administrator": ("administrator", None),
    "official": ("official", None),
    "viewer": ("viewer", None),
    "local": ("epidemiologist", ("KH01",)),
}


def primary_only(
    block: Block, threshold: int, issued: Pattern | None = None, at_least: Pattern | None = None
) -> Pattern:
    """Hide small numbers alone, which protects nothing; what was issued stays as it was."""
    states = {}
    for table in block.tables:
        levels = len(block.chain.levels)
        found = np.zeros((levels, len(table.rows.names), len(table.columns.names)), np.int8)
        for level in range(levels):
            numbers = [n for n in block.chain.of_level(level) if block.chain.numbers[n].protected]
            people = table.totals[..., numbers]
            small = ((people > 0) & (people < threshold)).any(axis=2)
            found[level] = small | (found[level - 1] > 0 if level else False)
        found[:, 0][found[:, 0] > 0] = State.SHOWN  # the country is told, as by the real one
        if at_least is not None:
            found = np.maximum(found, at_least.states[table.name])
        if issued is not None:
            before = issued.states_for(table, levels)
            found = np.where(before < 0, found, before).astype(np.int8)
        states[table.name] = found
    names = {table.name: table.rows.names for table in block.tables}
    return Pattern(threshold, states, names, {table.name: table.columns.names for table in block.tables})


def found_nothing(releases, k, truth=None, known=None, certificates=None) -> Report:
    """An audit that passes."""
    if certificates is not None:
        certificates["proof"] = [[1.0]]
    return Report((), {"families": len(releases[-1]), "hidden": int((releases[-1].status == 1).sum())}, k)


def fill(cli: CommandLine, folder: Path) -> None:
    """Fill a database with records for releases, and the accounts of people who make and read them."""
    release_data.fill(cli, folder)
    database = open_database(cli.url)
    add_accounts(database, PEOPLE)
    database.dispose()


@contextmanager
def stand_ins(audit=found_nothing) -> Iterator[None]:
    """Prepare and audit by the stand-ins."""
    with (
        mock.patch.object(preparing, "suppress", primary_only),
        mock.patch.object(auditing, "audit", audit),
    ):
        yield


def made(
    database: Database, by: str = "epidemiologist", since=SINCE, until=LAST, *, audit=found_nothing
) -> int:
    """A release that is prepared and audited by stand-ins; its number. Of one year unless said otherwise."""
    grant = desk.grant_of(database, f"{by}@example.org")
    with stand_ins(audit):
        number = desk.ask(database, grant, since=since, until=until, lag_days=0, at_once=True)
        queue.work_on(database, number)
        desk.ask_for_audit(database, grant, number, at_once=True)
        queue.work_on(database, number)
    return number
