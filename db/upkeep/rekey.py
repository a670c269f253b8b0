"""Another key over the stored pseudonyms, in one transaction: killed at any moment, the old key is valid.

Content holds the person, and so does the identity of a record without a number of its own: both are made
anew, by the code that makes them at import, so that the same file again brings nothing but duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db import meta
from db.bulk import update_rows
from db.intake import key_chain
from db.intake.assembly import STORED, fingerprints
from db.intake.pseudonym import key_check, rekeyed
from db.schema import episode

_PART = 50_000
_COLUMNS = ("id", "source", *STORED)


def change_key(connection: Connection, old: bytes, new: bytes, tell: Callable[[int], None]) -> int:
    """Put `new` over `old`; returns how many versions of records hold another pseudonym now.

    Raises
    ------
    ConfigurationError
        `old` is not the present key.
    """
    inner = key_chain.inner_keys(connection, old)
    meta.check_key(connection, key_check(old))
    done = 0
    for rows in _parts(connection):
        update_rows(connection, episode, ("person", "identity", "content"), list(_changed(rows, new)))
        done += len(rows)
        tell(done)
    meta.put(connection, meta.KEY_CHECK, key_check(new))
    meta.put(connection, key_chain.SEALED_KEYS, key_chain.seal(new, (*inner, old)))
    return done


def _parts(connection: Connection) -> Iterator[Sequence[Row]]:
    query = select(*(episode.c[name] for name in _COLUMNS)).where(episode.c.person.is_not(None))
    last = 0
    while rows := connection.execute(
        query.where(episode.c.id > last).order_by(episode.c.id).limit(_PART)
    ).all():
        last = rows[-1].id
        yield rows


def _changed(rows: Sequence[Row], new: bytes) -> Iterator[tuple[Any, ...]]:
    columns: dict[str, list[Any]] = {
        name: [value.isoformat() if isinstance(value, date) else value for value in values]
        for name, values in zip(_COLUMNS, zip(*rows, strict=True), strict=True)
    }
    known = {person: rekeyed(new, person) for person in set(columns["person"])}
    columns["person"] = list(map(known.__getitem__, columns["person"]))
    identities, contents = fingerprints(columns["source"], columns)
    return zip(columns["id"], columns["person"], identities, contents, strict=True)
