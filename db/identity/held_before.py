"""What a database holds from before identifiers had one form (decision 30): known again, never doubled."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.core.engine import Database
from db.intake.cleaning.earlier_rows import Earlier, HeldBefore
from db.tables import meta
from db.tables.records import episode, facility

#: The fact that says which batches came before, and under which keys facilities were held.
FACT = "held_before"
_PART = 20_000
_ASKED = 800


def read(connection: Connection) -> HeldBefore:
    """What is held from before."""
    said = meta.get(connection, FACT)
    return HeldBefore(**json.loads(said)) if said else HeldBefore()


def keep_keys(connection: Connection, listed: Sequence[dict[str, Any]]) -> None:
    """Let facilities of a list keep the key, and the spelling of the number, under which they are held."""
    held = read(connection).facilities
    for one in listed:
        key = held.get(one["facility_key"])
        if key is not None:
            one["facility_key"] = key
            name = select(facility.c.facility_id).where(facility.c.facility_key == key)
            one["facility_id"] = connection.execute(name).scalar() or one["facility_id"]


def persons_held(connection: Connection, persons: Collection[str]) -> set[str]:
    """Of some pseudonyms those that a record has."""
    asked, found = list(persons), set[str]()
    for start in range(0, len(asked), _ASKED):
        part = asked[start : start + _ASKED]
        found.update(
            connection.execute(
                select(episode.c.person).where(episode.c.person.in_(part)).distinct()
            ).scalars()
        )
    return found


def earlier_rows(database: Database) -> Earlier:
    """Forms of before, for one file: the database is asked once now, and for the persons of each chunk."""
    with database.reading() as connection:
        held = read(connection)

    def asked(persons: Collection[str]) -> set[str]:
        with database.reading() as connection:
            return persons_held(connection, persons)

    return Earlier(held, asked)
