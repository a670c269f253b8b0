"""The group of remote areas: which facilities lay in one, in which cells, for questions that ask for it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from db.core.engine import Database
from db.core.scope import Scope
from db.core.stays import Stays
from db.ingest import facilities
from db.reception import remote as stored
from surveillance.errors import UsageError
from surveillance.reception.remote_areas import remote_cells

#: Under this key the memory of a reading holds the stays.
STAYS = "stays in remote areas"
#: Different times for which facilities lay in remote areas, in one list.
_MOST = 200
#: Letters kept of the fingerprint of places, beside the version of the list.
_PLACES = 8


class Asking(Protocol):
    """A question that may ask for what facilities in remote areas did, or for all else."""

    @property
    def remote(self) -> str | None: ...


def stays_of(database: Database, asked: Asking, version: int | None = None) -> Stays | None:
    """The stays of the whole country, by the list of facilities as it is now; None where none are asked for.

    `version`: of the list of remote areas; by default the newest.

    Raises
    ------
    UsageError
        Areas began or ceased to be remote on too many days.
    """
    if asked.remote is None:
        return None
    with database.operations.connect() as connection:
        every = stored.numbered(connection)
    if version is not None:
        every = [one for one in every if one[0] <= version]
    areas = [one.area for one in stored.standing([held for _, held in every])]
    with database.reading() as connection:
        listed = facilities.listed(connection, Scope.everything())
    found = remote_cells(areas, {one["facility_id"]: one["commune"] for one in listed})
    if len(found) > _MOST:
        raise UsageError(
            "remote: areas began or ceased to be remote on too many different days; at most {most} can be "
            "asked for",
            "remote",
            most=_MOST,
        )
    held = tuple((spans, tuple(names)) for spans, names in found.items())
    return Stays(held, asked.remote == "yes", every[0][0] if every else 0)


def key_of(database: Database, asked: Asking) -> Hashable:
    """A question and, where it asks for remote areas, the version of their list: its answer rests on both."""
    if asked.remote is None:
        return repr(asked)
    return repr(asked), version_of(database)


def version_of(database: Database) -> int:
    """Number of the newest version in the list of remote areas; 0 if absent."""
    with database.operations.connect() as connection:
        every = stored.numbered(connection, newest=True)
    return every[0][0] if every else 0


def places_version(database: Database, asked: Asking, version: str) -> str:
    """What a run rests on beside the records: where facilities lie, and which of them in remote areas."""
    return version if asked.remote is None else f"{version[:_PLACES]}.{version_of(database)}"


def stays_of_run(database: Database, asked: Asking, version: str) -> Stays | None:
    """The stays as the list of remote areas was when a run was asked for; `version`: of its places."""
    return stays_of(
        database,
        asked,
        None if asked.remote is None else int(version.partition(".")[2].partition("~")[0] or 0),
    )
