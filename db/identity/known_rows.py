"""Rows that say what records of before say (db.identity.held_before) are duplicates, however read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.batches.outcomes import DUPLICATE, row_outcome, stage
from db.core.bulk import insert_rows
from db.identity import held_before
from db.intake.cleaning.earlier_rows import Prints
from db.intake.mappings.file import shipped
from db.tables.records import batch, episode

#: The fingerprints that staged rows would have had; of a row one for each form.
stage_earlier = sa.Table(
    "stage_earlier",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("identity", sa.LargeBinary(16), nullable=False),
    sa.Column("content", sa.LargeBinary(16), nullable=False),
    sa.Column("numbered", sa.Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


def add(connection: Connection, prints: Prints) -> None:
    """Stage the fingerprints of before of one chunk."""
    rows = [
        (number, identity, content, int(numbered))
        for number, several in prints.items()
        for identity, content, numbered in dict.fromkeys(several)
    ]
    insert_rows(connection, stage_earlier, rows)


def set_apart(connection: Connection) -> None:
    """Write the outcome of every row that a record of before says already, and take it from the stage."""
    newest = held_before.read(connection).batch
    e = stage_earlier.c
    # Rows that have this fingerprint without more are counted first: equal rows are told apart by occurrence.
    plain = (
        select(func.count())
        .where(stage.c.identity == e.identity, stage.c.row_number.not_in(select(e.row_number)))
        .correlate(stage_earlier)
        .scalar_subquery()
    )
    order = func.row_number().over(partition_by=[e.identity], order_by=e.row_number)
    ranked = select(
        e.row_number,
        e.identity,
        e.content,
        sa.case((e.numbered == 1, 0), else_=order + plain).label("occurrence"),
    ).subquery("ranked")
    same = sa.and_(
        episode.c.identity == ranked.c.identity,
        episode.c.occurrence == ranked.c.occurrence,
        episode.c.content == ranked.c.content,
        episode.c.batch <= newest,
    )
    # The version is there by itself, or another took its place since: either way nothing is new.
    current = select(episode.c.id).where(
        episode.c.identity == ranked.c.identity,
        episode.c.occurrence == ranked.c.occurrence,
        episode.c.superseded_batch.is_(None),
    )
    known = (
        select(
            ranked.c.row_number,
            func.max(ranked.c.identity) if connection.dialect.name == "sqlite" else _first(ranked.c.identity),
            func.max(ranked.c.occurrence),
            func.max(current.correlate(ranked).scalar_subquery()),
            sa.literal(DUPLICATE),
        )
        .where(select(episode.c.id).where(same).correlate(ranked).exists())
        .group_by(ranked.c.row_number)
    )
    connection.execute(
        row_outcome.insert().from_select(["row_number", "identity", "occurrence", "held", "outcome"], known)
    )
    connection.execute(stage.delete().where(stage.c.row_number.in_(select(row_outcome.c.row_number))))


def _first(column: sa.ColumnElement) -> sa.ColumnElement:
    """Any of the values of a group; PostgreSQL knows no largest of bytes."""
    return func.array_agg(column, type_=sa.ARRAY(sa.LargeBinary))[1]


def says_nothing_new(
    connection: Connection, came_first: int | None, mapping: str | None, stamp: str | None
) -> bool:
    """Whether a file came before as it is, was read by the same mapping, and none of its rows went back.

    Only of files from before: what was not understood then may be now, and is still the same row.
    """
    if came_first is None or came_first > held_before.read(connection).batch:
        return False
    query = select(batch.c.rejected, batch.c.mapping, batch.c.mapping_version).where(batch.c.id == came_first)
    rejected, name, version = connection.execute(query).one()
    own = mapping not in shipped()  # those that come with Chhlang may have changed with it
    return not rejected and name == mapping and (not own or version == stamp)
