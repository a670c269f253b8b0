"""Standing questions: the rounds in which the system asked them, what answers each, and what is kept.

Who asks, which questions and when is decided by `dashboard.services.clusters.standing`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.clusters.run_rows import QUEUED, Run, read_run, scope_text
from db.clusters.runs import QUEUE
from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations.lease_queue import CANCELLED, DONE, OVER, moment
from db.tables.operations import (
    cluster,
    cluster_context,
    cluster_member,
    cluster_not_scanned,
    standing_question,
    standing_round,
)
from db.tables.operations import cluster_run as run
from db.tables.records import batch
from surveillance.clusters.chance import SELDOM, SELDOM_DAYS

#: Most runs of one statement that takes them away.
_AT_ONCE = 500


@dataclass(frozen=True)
class Round:
    """One time that the standing questions were asked: after an `import`, or at `night`."""

    id: int
    made_at: str
    cause: str
    data_version: int


@dataclass(frozen=True)
class Question:
    """A question of a round. `places`: kind of place, as `by:place`. `run`: what answers it, once asked."""

    scope: Scope
    disease: str
    places: str
    number: int = 0
    run: str | None = None


def newest_batch(connection: Connection) -> tuple[int, str] | None:
    """Number of the newest batch of the records, and when it came (UTC, ISO); None without any."""
    query = select(batch.c.id, batch.c.received_at).order_by(batch.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else (int(row.id), str(row.received_at))


def _round(row: sa.Row) -> Round:
    return Round(int(row.id), str(row.made_at), str(row.cause), int(row.data_version))


def _rounds() -> sa.Select[tuple[int, str, str, int]]:
    columns = standing_round.c
    return select(columns.id, columns.made_at, columns.cause, columns.data_version)


def latest(database: Database, before: str | None = None) -> Round | None:
    """The newest round, or the newest made `before` a moment (UTC, ISO); None where there is none."""
    query = _rounds().order_by(standing_round.c.id.desc()).limit(1)
    if before is not None:
        query = query.where(standing_round.c.made_at < before)
    with database.operations.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else _round(row)


def begin(
    database: Database,
    after: Round | None,
    cause: str,
    data_version: int,
    questions: Sequence[Question],
    at: str | None = None,
) -> Round | None:
    """Write a new round with its questions, none of them asked yet; None where another process was faster.

    `after`: the newest round as the caller knows it. Of the rounds before, standing runs that still wait are
    cancelled: they would be of older data.
    """
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        newest = connection.execute(select(func.max(standing_round.c.id))).scalar()
        if newest != (after.id if after else None):
            return None
        now = at or moment()
        row = {"made_at": now, "cause": cause, "data_version": data_version}
        made = connection.execute(standing_round.insert().values(row))
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        rows = [
            {
                "round": number,
                "number": place,
                "scope": scope_text(item.scope),
                "disease": item.disease,
                "places": item.places,
            }
            for place, item in enumerate(questions, 1)
        ]
        if rows:
            connection.execute(standing_question.insert(), rows)
    return Round(number, now, cause, data_version)


def supersede(database: Database, this: Round, actor: str) -> int:
    """Cancel standing runs that wait and answer no question of this round; how many those are."""
    mine = select(standing_question.c.run).where(
        standing_question.c.round == this.id, standing_question.c.run.is_not(None)
    )
    waits = sa.and_(run.c.status == QUEUED, run.c.standing.is_(True), run.c.id.not_in(mine))
    ended = {"status": CANCELLED, "cancelled_by": actor, "finished_at": moment()}
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        return int(connection.execute(run.update().where(waits).values(ended)).rowcount)


def unasked(database: Database, this: Round) -> list[Question]:
    """Questions of a round that no run answers yet, in order."""
    columns = standing_question.c
    query = select(standing_question).where(columns.round == this.id, columns.run.is_(None))
    with database.operations.connect() as connection:
        return [_question(row) for row in connection.execute(query.order_by(columns.number))]


def _question(row: sa.Row) -> Question:
    scope = Scope.read(row.scope)
    return Question(scope, row.disease, row.places, row.number, row.run)


def asked(database: Database, this: Round, number: int, answer: str) -> None:
    """Note which run answers a question."""
    columns = standing_question.c
    one = standing_question.update().where(columns.round == this.id, columns.number == number)
    with write_transaction(database.operations) as connection:
        connection.execute(one.values(run=answer))


def questions(database: Database, this: Round, scope: Scope) -> list[tuple[Question, Run | None]]:
    """Questions of one scope in a round, in order, each with the run that answers it."""
    columns = standing_question.c
    text = scope_text(scope)
    mine = columns.scope.is_(None) if text is None else columns.scope == text
    query = select(standing_question).where(columns.round == this.id, mine).order_by(columns.number)
    with database.operations.connect() as connection:
        held = [_question(row) for row in connection.execute(query)]
        runs = _runs(connection, {item.run for item in held if item.run})
    return [(item, runs.get(item.run or "")) for item in held]


def _runs(connection: Connection, numbers: Collection[str]) -> dict[str, Run]:
    query = select(run).where(run.c.id.in_(sorted(numbers)))
    return {row["id"]: read_run(row) for row in connection.execute(query).mappings()}


def answered_before(database: Database, this: Round, scope: Scope) -> dict[tuple[str, str], Run]:
    """By disease and places, the newest run of earlier rounds that is done: what stands in until the round's
    own is."""
    columns = standing_question.c
    text = scope_text(scope)
    mine = columns.scope.is_(None) if text is None else columns.scope == text
    newest = (
        select(columns.disease, columns.places, func.max(columns.round).label("round"))
        .join(run, run.c.id == columns.run)
        .where(columns.round < this.id, mine, run.c.status == DONE)
        .group_by(columns.disease, columns.places)
        .subquery()
    )
    same = sa.and_(
        newest.c.round == columns.round,
        newest.c.disease == columns.disease,
        newest.c.places == columns.places,
    )
    query = select(columns.disease, columns.places, columns.run).join(newest, same).where(mine)
    with database.operations.connect() as connection:
        held = {(row.disease, row.places): str(row.run) for row in connection.execute(query)}
        runs = _runs(connection, set(held.values()))
    return {key: runs[number] for key, number in held.items() if number in runs}


def last_answered(database: Database) -> dict[tuple[str | None, str, str], int]:
    """By scope, disease and places, the newest round in which a question was answered."""
    columns = standing_question.c
    keys = (columns.scope, columns.disease, columns.places)
    answered = select(*keys, func.max(columns.round).label("round")).join(run, run.c.id == columns.run)
    query = answered.where(run.c.status == DONE).group_by(*keys)
    with database.operations.connect() as connection:
        return {(row.scope, row.disease, row.places): int(row.round) for row in connection.execute(query)}


def when_asked(database: Database, numbers: Collection[str]) -> dict[str, str]:
    """When some runs were asked for; of those that are held no more nothing."""
    query = select(run.c.id, run.c.made_at).where(run.c.id.in_(sorted(numbers)))
    with database.operations.connect() as connection:
        return {str(row.id): str(row.made_at) for row in connection.execute(query)}


def rounds(database: Database) -> list[Round]:
    """Every round, the newest first."""
    with database.operations.connect() as connection:
        rows = connection.execute(_rounds().order_by(standing_round.c.id.desc())).all()
    return [_round(row) for row in rows]


def prune(database: Database, old: Collection[int]) -> int:
    """Take some rounds away, and the runs that only they hold; how many runs those are.

    A run stays that a person asked for, that is not over, that another round holds, or that has a cluster
    unlikely to be chance.
    """
    columns = standing_question.c
    elsewhere = select(columns.run).where(columns.run == run.c.id)
    interval = cluster.c.recurrence_interval_days
    seldom = sa.case(
        (interval.is_not(None), interval >= SELDOM_DAYS),
        else_=sa.and_(cluster.c.p_value.is_not(None), cluster.c.p_value <= SELDOM),
    )
    strong = select(cluster.c.run).where(cluster.c.run == run.c.id, seldom)
    of_nobody = select(run.c.id).where(
        run.c.standing.is_(True),
        run.c.status.in_(sorted(OVER)),
        sa.not_(elsewhere.exists()),
        sa.not_(strong.exists()),
    )
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        if old:
            connection.execute(standing_question.delete().where(columns.round.in_(sorted(old))))
            connection.execute(standing_round.delete().where(standing_round.c.id.in_(sorted(old))))
        numbers = list(connection.execute(of_nobody).scalars())
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            for table in (cluster_member, cluster_context, cluster_not_scanned, cluster):
                connection.execute(table.delete().where(table.c.run.in_(some)))
            connection.execute(run.delete().where(run.c.id.in_(some)))
    return len(numbers)
