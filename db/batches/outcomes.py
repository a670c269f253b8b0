"""What becomes of each row of a staged file: accepted, amended, withdrawn, duplicate, or refused after all.

Each row is compared with the current version of its record and with earlier rows of the same file.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, case, func, select
from sqlalchemy.engine import Connection

from db.tables.archived import sealed_record
from db.tables.records import batch, episode, record_columns

ACCEPTED, AMENDED, WITHDRAWN = "accepted", "amended", "withdrawn"
DUPLICATE, REJECTED = "duplicate", "rejected"
#: Stands where a content would: this row takes its record back.
TAKEN_BACK = bytes(16)

stage = Table("stage", sa.MetaData(), *record_columns(), prefixes=["TEMPORARY"])
#: Rows of the file that withdraw a record; `content` is TAKEN_BACK.
stage_withdrawal = Table(
    "stage_withdrawal",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("identity", sa.LargeBinary(16), nullable=False),
    sa.Column("content", sa.LargeBinary(16), nullable=False),
    prefixes=["TEMPORARY"],
)
#: What becomes of each staged row. `held`: the version that was current before the file.
row_outcome = Table(
    "row_outcome",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("identity", sa.LargeBinary(16), nullable=False),
    sa.Column("occurrence", sa.Integer, nullable=False),
    sa.Column("held", sa.BigInteger),
    sa.Column("outcome", sa.String(10), nullable=False),
    prefixes=["TEMPORARY"],
)


def first_coming(connection: Connection, source: str, sha256: str) -> int | None:
    """Number of the batch in which these very bytes came from this source first; None where they are new."""
    same = sa.and_(batch.c.source == source, batch.c.file_sha256 == sha256)
    return connection.execute(select(func.min(batch.c.id)).where(same)).scalar()


def decide(
    connection: Connection,
    came_first: int | None,
    withdraws: bool,
    *,
    nothing_new: bool = False,
    otherwise: sa.Select[tuple[int]] | None = None,
) -> None:
    """Write the outcome of every staged row.

    A record with a number of its own is one record however often the file repeats it: its last row is what
    the file says. Without a number, equal rows are told apart by their occurrence in the file.

    Parameters
    ----------
    came_first : int or None
        Batch in which the same file came before: then it says nothing new of what was held with that content
        at any time, nor of a record that a later file has spoken of.
    withdraws : bool
        Whether any row withdraws a record.
    nothing_new : bool
        Whether the file as a whole is known to say nothing new.
    otherwise : select, optional
        Rows held already under the other answer to what their numbers are (db.identity.earlier_answers).
    """
    ranked = _ranked(withdraws) if withdraws or _repeats(connection) else _each_once()
    held = episode.alias("held")
    joined = ranked.outerjoin(
        held,
        sa.and_(
            held.c.identity == ranked.c.identity,
            held.c.occurrence == ranked.c.occurrence,
            held.c.superseded_batch.is_(None),
        ),
    )
    previous = func.coalesce(ranked.c.before, held.c.content)
    rules: list[tuple[Any, str]] = [(held.c.content == ranked.c.final, DUPLICATE)]
    if otherwise is not None:
        rules.append((ranked.c.row_number.in_(otherwise), DUPLICATE))
    nothing = sa.and_(held.c.id.is_(None), ranked.c.before.is_(None))
    if withdraws:
        nothing = sa.or_(nothing, previous == TAKEN_BACK)
        rules += _of_withdrawals(ranked, held, nothing, came_first is not None)
    rules.append((ranked.c.content == previous, DUPLICATE))
    if came_first is not None:
        old_news = sa.or_(
            held.c.content == ranked.c.content,
            _older(ranked, lambda older: older.c.content == ranked.c.content),
            held.c.batch > came_first,
            _older(ranked, lambda older: older.c.superseded_batch > came_first),
        )
        rules.append((old_news, DUPLICATE))
    decided: Any = case(*rules, (nothing, ACCEPTED), else_=AMENDED)
    if nothing_new:
        decided = sa.literal(DUPLICATE)
    connection.execute(
        row_outcome.insert().from_select(
            ["row_number", "identity", "occurrence", "held", "outcome"],
            select(
                ranked.c.row_number, ranked.c.identity, ranked.c.occurrence, held.c.id, decided
            ).select_from(joined),
        )
    )


def _repeats(connection: Connection) -> bool:
    """Whether two rows of the file belong to one record, or are alike: few files have any."""
    twice = select(stage.c.identity).group_by(stage.c.identity).having(func.count() > 1).limit(1)
    return connection.execute(twice).first() is not None


def _each_once() -> sa.Subquery:
    """What `_ranked` says where no two rows belong to one record, without putting them in order."""
    return select(
        stage.c.row_number,
        stage.c.identity,
        stage.c.content,
        case((stage.c.record_id.is_not(None), 0), else_=1).label("occurrence"),
        sa.null().cast(sa.LargeBinary(16)).label("before"),
        stage.c.content.label("final"),
    ).subquery("ranked")


def _ranked(withdraws: bool) -> sa.Subquery:
    """Every row with what the file says of its record before it (`before`) and at last (`final`)."""
    numbered: sa.ColumnElement[Any] = stage.c.record_id.is_not(None)
    rows: Any = stage
    if withdraws:
        taken = stage_withdrawal.c
        both = sa.union_all(
            select(stage.c.row_number, stage.c.identity, stage.c.content, stage.c.record_id),
            select(taken.row_number, taken.identity, taken.content, sa.literal("given")),
        )
        rows = both.subquery("rows")
        numbered = rows.c.record_id.is_not(None)
    same, order, content = rows.c.identity, rows.c.row_number, rows.c.content
    columns = [
        order,
        same,
        content,
        case((numbered, 0), else_=func.row_number().over(partition_by=same, order_by=order)).label(
            "occurrence"
        ),
        case((numbered, func.lag(content).over(partition_by=same, order_by=order))).label("before"),
        case(
            (numbered, func.first_value(content).over(partition_by=same, order_by=order.desc())),
            else_=content,
        ).label("final"),
    ]
    if withdraws:
        brings = case((content != TAKEN_BACK, 1), else_=0)
        columns.append(func.max(brings).over(partition_by=same, order_by=order).label("brought"))
    return select(*columns).subquery("ranked")


def _older(ranked: sa.Subquery, which: Any) -> sa.Exists:
    """Whether a superseded version of a row's record is `which`."""
    older = episode.alias()
    return (
        select(older.c.id)
        .where(
            older.c.identity == ranked.c.identity,
            older.c.occurrence == ranked.c.occurrence,
            which(older),
            older.c.superseded_batch.is_not(None),  # with this the index of old versions answers
        )
        .exists()
    )


def _of_withdrawals(
    ranked: sa.Subquery, held: Any, nothing: sa.ColumnElement[bool], seen_before: bool
) -> list[tuple[Any, str]]:
    """Rules for rows that withdraw, and for records that are withdrawn and stay so."""
    withdraws = ranked.c.content == TAKEN_BACK
    sealed = select(sealed_record.c.count).where(sealed_record.c.identity == ranked.c.identity).exists()
    formerly = sa.or_(_older(ranked, lambda older: sa.true()), sealed)
    known = sa.or_(held.c.id.is_not(None), ranked.c.brought == 1, formerly)
    rules: list[tuple[Any, str]] = [
        # Withdrawn before, and withdrawn at the end of this file: nothing changes.
        (sa.and_(held.c.id.is_(None), ranked.c.final == TAKEN_BACK, formerly), DUPLICATE)
    ]
    if seen_before:
        rules.append((sa.and_(withdraws, known), DUPLICATE))
    return [
        *rules,
        (sa.and_(withdraws, sa.not_(nothing)), WITHDRAWN),
        (sa.and_(withdraws, known), DUPLICATE),
        (withdraws, REJECTED),
    ]
