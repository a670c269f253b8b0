"""Files whose bytes came before, and whose numbers were taken otherwise then (decision 30).

A file that was answered with `new` holds records without numbers. Read again by its numbers, the same rows
would amend the records of other people, or be counted twice; so would the rows of a numbered file that is
answered with `new` later. Such rows are held already.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.batches.outcomes import stage
from db.tables.records import batch, episode


def rows_held(source: str, sha256: str) -> sa.Select[tuple[int]]:
    """Staged rows that these very bytes brought before, with a number then and without now, or the reverse.

    Facility and day are compared too: another sheet of a workbook has the same bytes.
    """
    then = episode.alias("then")
    numbered, was = stage.c.record_id.is_not(None), then.c.record_id.is_not(None)
    other = sa.or_(sa.and_(numbered, sa.not_(was)), sa.and_(sa.not_(numbered), was))
    same = sa.and_(
        then.c.row_number == stage.c.row_number,
        then.c.facility_key == stage.c.facility_key,
        then.c.period == stage.c.period,  # the same day has the same period: the index leads to few rows
        then.c.date_visit == stage.c.date_visit,
    )
    return (
        select(stage.c.row_number)
        .distinct()
        .join(then, sa.and_(same, other))
        .where(then.c.batch.in_(_batches(source, sha256)))
    )


def holds_all(connection: Connection, source: str, sha256: str, mapping: str | None) -> bool:
    """Whether all that these bytes brought before is among `rows_held`, and no returned row is read now.

    Then the whole file is held: its other rows were duplicates when it came.
    """
    brought = select(func.count(episode.c.row_number.distinct())).where(
        episode.c.batch.in_(_batches(source, sha256))
    )
    held = select(func.count()).select_from(rows_held(source, sha256).subquery())
    rows, same = connection.execute(held).scalar_one(), connection.execute(brought).scalar_one()
    returned = select(batch.c.id).where(
        batch.c.id.in_(_batches(source, sha256)),
        batch.c.rejected > 0,
        batch.c.mapping.is_distinct_from(mapping),
    )
    return rows > 0 and rows == same and connection.execute(returned.limit(1)).first() is None


def _batches(source: str, sha256: str) -> sa.Select[tuple[int]]:
    return select(batch.c.id).where(batch.c.source == source, batch.c.file_sha256 == sha256)
