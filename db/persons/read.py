"""Reading the episodes of the persons whom a change concerns, a part of the persons at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.columns.encoding import FETCHED, BinaryColumn, RecordBatch, WholeParts, fetched, gather, little_cache
from db.cubes.staged_records import Brought
from db.persons.staged_persons import Bringer, Held
from db.tables.records import DIMENSIONS, episode

#: Persons, or records of no person, worked on at a time: bounds the memory.
PART = 60_000
#: Where one in so many records has changed, all of them are read.
_SCANNED = 5
_ALL = 1 << 40
#: Persons to be counted anew.
_touched = sa.Table(
    "touched_person",
    sa.MetaData(),
    sa.Column("person", sa.String(32), primary_key=True),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
Condition = sa.ColumnElement[bool]
Persons = sa.Select[Any] | sa.CompoundSelect[Any]
#: Columns of a part that are texts, in order, after the packed one of pseudonyms; its numbers are stratum,
#: cascade, and whether the episode stood before the change, and stands after it.
TEXTS = ("facility_key", "issuer", "disease", *DIMENSIONS.values(), "day")


CURRENT: Condition = episode.c.superseded_batch.is_(None)
NEVER: Condition = sa.false()


@dataclass(frozen=True)
class Change:
    """Which episodes stood before a change, and which stand after it."""

    before: Condition
    after: Condition


def parts(
    connection: Connection,
    theirs: Persons,
    changed: Condition,
    change: Change,
    brought: Brought | None = None,
) -> Iterator[RecordBatch]:
    """Episodes, and whether they stood before and stand after; all of one person are in one part.

    `brought`: episodes that stand after, beside those of `change`.
    """
    query = _query(change)
    many = connection.execute(select(func.count()).select_from(episode).where(changed)).scalar_one()
    found = _held(connection, theirs, query, many)
    if brought is None:
        yield from (part for _, part in found if part is not None)
    else:
        bringer = Bringer(brought, TEXTS, min(PART, 40_000))
        yield from bringer.beside(found)
        yield from bringer.of_nobody()
    yield from _of_nobody(connection, query, sa.and_(changed, episode.c.person.is_(None)))


class BesideNew:
    """As `parts`, where a file brings new records alone, and before they are written.

    Parameters
    ----------
    theirs
        The persons of whom it brings records.
    """

    def __init__(self, connection: Connection, theirs: Persons, brought: Brought) -> None:
        current = _query(Change(CURRENT, CURRENT))
        bringer = Bringer(brought, TEXTS, min(PART, 40_000))
        held = self._until_alone(_held(connection, theirs, current, len(brought)))
        self._parts = chain(bringer.beside(held), bringer.of_nobody())
        #: Whether the parts that are left are made without the database.
        self.alone = False

    def _until_alone(self, held: Iterator[Held]) -> Iterator[Held]:
        yield from held
        self.alone = True

    def __iter__(self) -> Iterator[RecordBatch]:
        return self._parts


def _query(change: Change) -> sa.Select[Any]:
    """Episodes that stood before or stand after, in the columns of a part."""
    texts: dict[str, sa.ColumnElement[Any]] = {name: episode.c[name] for name in TEXTS[:-1]}
    texts["issuer"] = func.coalesce(episode.c.issuer, "")
    day = sa.cast(episode.c.date_visit, sa.String(10))
    flags = [sa.case((condition, 1), else_=0) for condition in (change.before, change.after)]
    person = func.coalesce(episode.c.person, "")
    query = select(person, *texts.values(), day, episode.c.stratum, episode.c.cascade, *flags)
    return query.where(sa.or_(change.before, change.after))


def _held(connection: Connection, theirs: Persons, query: sa.Select[Any], many: int) -> Iterator[Held]:
    """What is held of some persons, of whom so many records change."""
    held = connection.execute(select(func.max(episode.c.id))).scalar() or 0
    if held < many * _SCANNED:
        yield from _in_order(connection, query.where(episode.c.person.is_not(None)))
    else:
        yield from _looked_up(connection, theirs, query)


def _in_order(connection: Connection, query: sa.Select[Any]) -> Iterator[Held]:
    """Everybody in order: quicker than to look most of them up. Who is not touched adds nothing."""
    person = episode.c.person.op("||")("")  # not by the index, whose rows lie anywhere
    ordered = query.order_by(person).execution_options(stream_results=True, max_row_buffer=FETCHED)
    with little_cache(connection), connection.execute(ordered) as result:
        rows = WholeParts(result, 0, PART)
        while found := gather(rows.part(), texts=len(TEXTS), packed=True):
            assert found.packed is not None  # noqa: S101 - asked for
            yield found.packed.words_of(-1), found


def _looked_up(connection: Connection, theirs: Persons, query: sa.Select[Any]) -> Iterator[Held]:
    """The touched persons, some at a time."""
    named = theirs.subquery("theirs")
    _touched.create(connection)
    try:
        numbers = select(named.c.person).distinct().where(named.c.person.is_not(None))
        connection.execute(_touched.insert().from_select(["person"], numbers))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ANALYZE {_touched.name}")
        last: str | None = ""
        while last is not None:
            page = select(_touched.c.person).where(_touched.c.person > last)
            last = connection.execute(page.order_by(_touched.c.person).offset(PART - 1).limit(1)).scalar()
            if last is not None:
                page = page.where(_touched.c.person <= last)
            rows = fetched(connection.execute(query.where(episode.c.person.in_(page))), _ALL)
            found = gather(rows, texts=len(TEXTS), packed=True)
            yield None if last is None else BinaryColumn.of([last]).words_of(0), found
    finally:
        _touched.drop(connection)


def _of_nobody(connection: Connection, query: sa.Select[Any], chosen: Condition) -> Iterator[RecordBatch]:
    first = 0
    while True:
        page = select(episode.c.id).where(chosen, episode.c.id > first)
        last = connection.execute(page.order_by(episode.c.id).offset(PART - 1).limit(1)).scalar()
        rows = query.where(chosen, episode.c.id > first)
        yield from _gathered(connection, rows if last is None else rows.where(episode.c.id <= last))
        if last is None:
            break
        first = last


def _gathered(connection: Connection, query: sa.Select[Any]) -> Iterator[RecordBatch]:
    found = gather(fetched(connection.execute(query), _ALL), texts=len(TEXTS), packed=True)
    if found is not None:
        yield found
