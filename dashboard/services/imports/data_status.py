"""What was imported, up to when, and what in it was not understood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.kept import Kept
from db.batches import receipts as batches
from db.core.engine import Database
from surveillance.windows import Window


@dataclass(frozen=True)
class DataStatus:
    """The line under every page.

    `usual`: how many weeks (or quarters) the usual period of a disease has; None: the shortest.
    `issued`: for readers of issued figures, the usual period of a disease and measure in the release.
    """

    demo: bool
    files: int
    last_import: str | None
    first_visit: date | None
    last_visit: date | None
    usual: Callable[[str], int] | None = field(default=None, compare=False, repr=False)
    issued: Callable[[str, str], Window | None] | None = field(default=None, compare=False, repr=False)


_STATUS: Kept[DataStatus] = Kept(8)
_NOT_UNDERSTOOD: Kept[list[dict[str, Any]]] = Kept(8)


def data_status(database: Database) -> DataStatus:
    """Facts about the data as a whole; they say nothing of any person."""
    return _STATUS.get(database, None, None, lambda: _read(database))


def _read(database: Database) -> DataStatus:
    with database.reading() as connection:
        return DataStatus(*batches.summary(connection))


def receipts(database: Database, grant: Grant) -> list[dict[str, Any]]:
    """Receipts of the latest imports; none where the grant answers for some provinces only.

    A file's name, source and counts tell who sent how much, and a file holds every province's records. Its
    name may be a patient's: it is told to who imported it, and to the custodian.

    Raises
    ------
    NotPermittedError
        The grant does not hold the data status.
    """
    grant.check(Permission.SEE_DATA_STATUS)
    if not grant.scope.whole:
        return []
    with database.reading() as connection:
        found = batches.receipts(connection)
    for one in found:
        if not (grant.is_custodian or one["actor"] == grant.actor):
            one["file_name"] = ""
    return found


def not_understood(database: Database, grant: Grant) -> list[dict[str, Any]]:
    """What was accepted and could not be placed or read, most rows first; none as with :func:`receipts`.

    Raises
    ------
    NotPermittedError
        The grant does not hold the data status.
    """
    grant.check(Permission.SEE_DATA_STATUS)
    if not grant.scope.whole:
        return []

    def read() -> list[dict[str, Any]]:
        with database.reading() as connection:
            return batches.not_understood(connection)

    return _NOT_UNDERSTOOD.get(database, grant, "not understood", read)
