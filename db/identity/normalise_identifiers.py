"""Records of before are given the one form of their identifiers, once (decision 30).

What is stored of a record is enough to give it its new fingerprint, but for a person's number, of which only
the pseudonym is kept, and for values that were not understood then. Those are compared as they were
(db.identity.held_before, db.identity.known_rows).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db.core.bulk import update_rows
from db.identity.held_before import FACT
from db.identity.stored_fingerprints import COLUMNS, columns_of, prints, tokens_between
from db.intake.values.codes import identifier, match_key
from db.intake.values.fingerprints import STORED, identity_of_number, own_number
from db.intake.values.identifiers import is_damaged
from db.tables import meta
from db.tables.aggregates import aggregate_value
from db.tables.deliveries import declaration
from db.tables.records import episode, facility

#: Records looked up at a time.
_ASKED = 800


def bring_up(connection: Connection) -> None:
    """Give the records of before the fingerprints of now; done once, in the migration's transaction."""
    said = json.loads(meta.get(connection, FACT) or "null")
    if said is None or "facilities" in said:
        return
    meta.put(connection, FACT, json.dumps(said | {"facilities": _facilities(connection)}))
    for rows in _parts(connection):
        names = ("identity", "content", "record_id", "arrival_id")
        update_rows(connection, episode, names, list(_changed(connection, rows)))


def _facilities(connection: Connection) -> dict[str, str]:
    columns = (facility.c.facility_key, episode.c.facility_key, aggregate_value.c.facility_key,
               declaration.c.facility_key)  # fmt: skip
    keys = list(
        dict.fromkeys(
            key for column in columns for key in connection.execute(select(column).distinct()).scalars()
        )
    )
    listed = set(connection.execute(select(facility.c.facility_key)).scalars())
    found: dict[str, str] = {}
    for key in keys:  # those of the list go first
        form = match_key(key)
        if form and form not in listed and (key in listed or form not in keys):
            found.setdefault(form, key)
    return found


def _parts(connection: Connection) -> Iterator[Sequence[Row]]:
    """Numbered versions whose number, or whose arrival's, may have another form, some at a time.

    Versions of one record stay together.
    """
    other = sa.or_(
        _may_differ(connection, episode.c.record_id), _may_differ(connection, episode.c.arrival_id)
    )
    which = select(episode.c.identity).where(other, episode.c.record_id.is_not(None)).distinct()
    identities = list(connection.execute(which.order_by(episode.c.identity)).scalars())
    for start in range(0, len(identities), _ASKED):
        chosen = episode.c.identity.in_(identities[start : start + _ASKED])
        rows = connection.execute(
            select(*(episode.c[name] for name in COLUMNS)).where(chosen).order_by(episode.c.id)
        ).all()
        if rows:
            yield rows


def _may_differ(connection: Connection, column: sa.Column) -> sa.ColumnElement[bool]:
    zeros = [column.like(f"%{sign}0") for sign in ".,"] + [column.like(f"%{sign}00%") for sign in ".,"]
    if connection.dialect.name == "postgresql":
        strange = column.regexp_match("[^ -~]")
    else:
        strange = column.op("GLOB")("*[^ -~]*")
    return sa.or_(*zeros, column.like("%e+%"), strange)


def _changed(connection: Connection, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    """Version, identity, content, number and arrival of those that change."""
    named: dict[bytes, bytes] = {}
    numbers: dict[int, str] = {}
    for row in rows:
        number = (
            None if is_damaged(row.record_id) or len(row.record_id) >= STORED else own_number(row.record_id)
        )
        if number is not None:  # a damaged number stays: nothing tells which record it was
            numbers[row.id] = number
            same = number == row.record_id
            new = bytes(row.identity) if same else identity_of_number(row.source, row.facility_key, number)
            named[bytes(row.identity)] = new
    taken = _taken(connection, named)
    kept = [row for row in rows if row.id in numbers and named[bytes(row.identity)] not in taken]
    if not kept:
        return
    columns = columns_of(kept)
    columns["record_id"] = [numbers[row.id] for row in kept]
    columns["arrival_id"] = [
        row.arrival_id and (identifier(row.arrival_id) or row.arrival_id) for row in kept
    ]
    own = [named[bytes(row.identity)] for row in kept]
    identities, contents = prints(columns, tokens_between(connection, kept[0].id, kept[-1].id), own)
    yield from zip(
        columns["id"], identities, contents, columns["record_id"], columns["arrival_id"], strict=True
    )


def _taken(connection: Connection, named: Mapping[bytes, bytes]) -> set[bytes]:
    """New identities that another record has, or would have: both of them stay what they are."""
    new = list(named.values())
    taken = {identity for identity in new if new.count(identity) > 1} if len(set(new)) < len(new) else set()
    asked = [identity for old, identity in named.items() if old != identity]
    for start in range(0, len(asked), _ASKED):
        part = asked[start : start + _ASKED]
        held = select(episode.c.identity).where(episode.c.identity.in_(part)).distinct()
        taken.update(map(bytes, connection.execute(held).scalars()))
    return taken
