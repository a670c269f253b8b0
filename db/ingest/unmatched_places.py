"""Records with an unrecognised place: found by the token of its text, placed once a user resolves it.

Fingerprints know such a place by its mark, whatever it is resolved to: the same file again stays the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.cohorts import update as cohorts
from db.core.bulk import insert_rows
from db.cubes import update as cubes
from db.districts import home as districts
from db.indicators import update as indicators
from db.intake.cleaning.places import COLUMN_OF, PlaceTexts
from db.persons import update as persons
from db.tables.deliveries import place_text, unplaced
from db.tables.records import episode
from db.vans import update as vans
from surveillance.vocabulary import UNKNOWN

stage_unplaced = sa.Table(
    "stage_unplaced",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("field", sa.String(20), primary_key=True),
    sa.Column("mark", sa.String(32), nullable=False),
    prefixes=["TEMPORARY"],
)
Key = tuple[str, str]


def stage(connection: Connection, rows: list[tuple[int, str, str]]) -> None:
    """Stage the tokens of one chunk."""
    insert_rows(connection, stage_unplaced, rows)


def resolved(connection: Connection) -> frozenset[Key]:
    """Field and token of every resolved text."""
    rows = connection.execute(
        select(place_text.c.field, place_text.c.mark).where(place_text.c.code.is_not(None))
    )
    return frozenset((field, mark) for field, mark in rows)


def marks(connection: Connection) -> frozenset[str]:
    """Every token that is held."""
    return frozenset(connection.execute(select(place_text.c.mark).distinct()).scalars())


def placed(connection: Connection) -> list[tuple[int, str, str]]:
    """Row number, column and code of every staged place that is resolved."""
    same = sa.and_(place_text.c.field == stage_unplaced.c.field, place_text.c.mark == stage_unplaced.c.mark)
    query = select(stage_unplaced.c.row_number, stage_unplaced.c.field, place_text.c.code).join(
        place_text, same
    )
    rows = connection.execute(query.where(place_text.c.code.is_not(None)))
    return [(row, COLUMN_OF[field], code) for row, field, code in rows]


def write(connection: Connection, number: int, texts: PlaceTexts) -> None:
    """Tie the tokens to the versions that batch `number` brought, and place what is resolved already."""
    if not texts.rows:
        return
    brought = select(episode.c.id, stage_unplaced.c.field, stage_unplaced.c.mark).join(
        stage_unplaced, episode.c.row_number == stage_unplaced.c.row_number
    )
    connection.execute(
        unplaced.insert().from_select(["episode", "field", "mark"], brought.where(episode.c.batch == number))
    )
    _keep_texts(connection, texts)
    of_batch = select(episode.c.id).where(episode.c.batch == number)
    for field in sorted({field for field, _ in texts.rows}):
        _place(connection, field, unplaced.c.episode.in_(of_batch))


def _keep_texts(connection: Connection, texts: PlaceTexts) -> None:
    """Remember every token, with its text where a file gave it often enough."""
    known = {
        (row.field, row.mark): row.text
        for row in connection.execute(select(place_text.c.field, place_text.c.mark, place_text.c.text))
    }
    stored = texts.stored()
    new = [
        {"field": field, "mark": mark, "text": text}
        for (field, mark), text in stored.items()
        if (field, mark) not in known
    ]
    if new:
        connection.execute(place_text.insert(), new)
    for (field, mark), text in stored.items():
        if text is not None and (field, mark) in known and known[field, mark] is None:
            connection.execute(place_text.update().where(_is(place_text, field, mark)).values(text=text))


def _is(table: sa.Table, field: str, mark: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.field == field, table.c.mark == mark)


def _place(connection: Connection, field: str, chosen: sa.ColumnElement[bool]) -> None:
    """Write into the chosen unplaced versions what their tokens are resolved to: nothing is unknown."""
    both = unplaced.join(
        place_text, sa.and_(place_text.c.field == unplaced.c.field, place_text.c.mark == unplaced.c.mark)
    )

    def of(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
        own = sa.and_(unplaced.c.episode == episode.c.id, unplaced.c.field == field)
        return select(column).select_from(both).where(own).correlate(episode).scalar_subquery()

    values: dict[str, Any] = {COLUMN_OF[field]: func.coalesce(of(place_text.c.code), UNKNOWN)}
    if field == "place_infection":
        values["commune_infection"] = of(place_text.c.commune)
    theirs = select(unplaced.c.episode).where(unplaced.c.field == field, chosen)
    connection.execute(episode.update().where(episode.c.id.in_(theirs)).values(values))


def resolve(
    connection: Connection, field: str, mark: str, code: str | None, commune: str | None, actor: str
) -> int:
    """Place every version with a token, the cubes by the difference; returns how many records are current.

    `code` None takes a resolution back. Every version is placed, so that earlier days show places as they
    are known now.
    """
    theirs = sa.and_(
        episode.c.id.in_(select(unplaced.c.episode).where(_is(unplaced, field, mark))),
        episode.c.superseded_batch.is_(None),
    )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with (
        cubes.moved(connection, theirs, [COLUMN_OF[field]]),
        cohorts.moved(connection, theirs),
        persons.recounted(connection, theirs),
        vans.recounted(connection, theirs),
        indicators.moved(connection, theirs),
        districts.moved(connection, theirs),
    ):
        connection.execute(
            place_text.update()
            .where(_is(place_text, field, mark))
            .values(
                code=code,
                commune=commune,
                resolved_at=now if code else None,
                resolved_by=actor[:120] if code else None,
            )
        )
        _place(connection, field, unplaced.c.mark == mark)
    return int(connection.execute(select(func.count()).select_from(episode).where(theirs)).scalar_one())


def fields_of(connection: Connection, mark: str) -> list[tuple[str, str]]:
    """Field and whole token of every known text whose token begins so."""
    rows = connection.execute(
        select(place_text.c.field, place_text.c.mark)
        .where(place_text.c.mark.startswith(mark, autoescape=True))
        .order_by(place_text.c.field)
    )
    return [(row.field, row.mark) for row in rows]


def listed(
    connection: Connection, *, waiting: bool, field: str | None = None, mark: str | None = None
) -> list[dict[str, Any]]:
    """Texts with current records, most first: `field, mark, text, rows, code, resolved_at, resolved_by`.

    `waiting`: only unresolved ones. `field`, `mark`: only those of this field, with this mark.
    """
    rows = func.count(episode.c.id).label("rows")
    columns = [place_text.c[name] for name in ("field", "mark", "text", "code", "resolved_at", "resolved_by")]
    query = (
        select(*columns, rows)
        .join(unplaced, sa.and_(unplaced.c.field == place_text.c.field, unplaced.c.mark == place_text.c.mark))
        .join(episode, sa.and_(episode.c.id == unplaced.c.episode, episode.c.superseded_batch.is_(None)))
        .group_by(*columns)
        .order_by(rows.desc(), place_text.c.field, place_text.c.mark)
    )
    if waiting:
        query = query.where(place_text.c.code.is_(None))
    if field is not None:
        query = query.where(place_text.c.field == field)
    if mark is not None:
        query = query.where(place_text.c.mark == mark)
    return [dict(row) for row in connection.execute(query).mappings()]
