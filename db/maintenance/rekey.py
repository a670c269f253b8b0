"""Another key over the stored pseudonyms, in one transaction: killed at any moment, the old key is valid.

Content holds the person, and so does the identity of a record without a number of its own: both are made
anew, by the code that makes them at import, so that the same file again brings nothing but duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db.core.bulk import update_rows
from db.identity.stored_fingerprints import COLUMNS, TokensByVersion, columns_of, prints, tokens_between
from db.intake.values.place_tokens import rekeyed_token
from db.intake.values.pseudonym import key_check, rekeyed, rekeyed_issuer
from db.tables import key_chain, meta
from db.tables.deliveries import place_text, unplaced
from db.tables.persons import sealed_person, shared_issuer
from db.tables.records import episode

_PART = 50_000


def change_key(connection: Connection, old: bytes, new: bytes, tell: Callable[[int], None]) -> int:
    """Put `new` over `old`; returns how many versions of records hold another pseudonym or token now.

    Fingerprints of sealed records stay: imports compare with them under each earlier key.

    Raises
    ------
    ConfigurationError
        `old` is not the present key.
    """
    inner = key_chain.inner_keys(connection, old)
    meta.check_key(connection, key_check(old))
    done = 0
    _change_marks(connection, new)
    _change_each(connection, shared_issuer, "mark", lambda mark: rekeyed_issuer(new, mark))
    _change_each(connection, sealed_person, "person", lambda person: rekeyed(new, person))
    for rows in _parts(connection):
        marks = tokens_between(connection, rows[0].id, rows[-1].id)
        names = ("person", "issuer", "identity", "content")
        update_rows(connection, episode, names, list(_changed(rows, marks, new)))
        done += len(rows)
        tell(done)
    meta.put(connection, meta.KEY_CHECK, key_check(new))
    meta.put(connection, key_chain.SEALED_KEYS, key_chain.seal(new, (*inner, old)))
    return done


def _change_marks(connection: Connection, new: bytes) -> None:
    """Put the key over every token: in the list of texts, and where versions have them."""
    for table in (place_text, unplaced):
        known = connection.execute(select(table.c.field, table.c.mark).distinct()).all()
        changed = [{"of": field, "old": mark, "new": rekeyed_token(new, mark)} for field, mark in known]
        if changed:
            one = sa.and_(table.c.field == sa.bindparam("of"), table.c.mark == sa.bindparam("old"))
            connection.execute(table.update().where(one).values(mark=sa.bindparam("new")), changed)


def _change_each(connection: Connection, table: sa.Table, name: str, change: Callable[[str], str]) -> None:
    """Put the key over every value of a column."""
    column = table.c[name]
    held = connection.execute(select(column).distinct()).scalars().all()
    changed = [{"old": value, "new": change(value)} for value in held]
    if changed:
        one = table.update().where(column == sa.bindparam("old")).values({name: sa.bindparam("new")})
        connection.execute(one, changed)


def _parts(connection: Connection) -> Iterator[Sequence[Row]]:
    """Versions with a pseudonym or a token, some at a time."""
    keyed = sa.or_(episode.c.person.is_not(None), episode.c.id.in_(select(unplaced.c.episode)))
    query = select(*(episode.c[name] for name in COLUMNS)).where(keyed)
    last = 0
    while rows := connection.execute(
        query.where(episode.c.id > last).order_by(episode.c.id).limit(_PART)
    ).all():
        last = rows[-1].id
        yield rows


def _changed(rows: Sequence[Row], marks: TokensByVersion, new: bytes) -> Iterator[tuple[Any, ...]]:
    """Number, pseudonym, issuer, identity and content of each, from what is stored."""
    columns = columns_of(rows)
    known = {person: rekeyed(new, person) if person else None for person in set(columns["person"])}
    columns["person"] = list(map(known.__getitem__, columns["person"]))
    issued = {mark: rekeyed_issuer(new, mark) if mark else None for mark in set(columns["issuer"])}
    columns["issuer"] = list(map(issued.__getitem__, columns["issuer"]))
    own = zip(columns["identity"], columns["record_id"], strict=True)
    numbered = [bytes(identity) if number is not None else None for identity, number in own]
    identities, contents = prints(columns, marks, numbered)
    return zip(columns["id"], columns["person"], columns["issuer"], identities, contents, strict=True)
