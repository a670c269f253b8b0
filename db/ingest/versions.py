"""Writing the versions that a file brings: the newest of each record is current, the others are kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from db.batches.outcomes import ACCEPTED, AMENDED, WITHDRAWN, row_outcome, stage
from db.tables.records import episode, facility
from surveillance.line_list import RECORD_COLUMNS
from surveillance.vocabulary import UNKNOWN

_REPLACING = (AMENDED, WITHDRAWN)


def write(connection: Connection, source: str, number: int) -> None:
    """Write the versions of batch `number`, and close those that they, or a withdrawal, put an end to."""
    replaced = select(row_outcome.c.held).where(
        row_outcome.c.outcome.in_(_REPLACING), row_outcome.c.held.is_not(None)
    )
    connection.execute(episode.update().where(episode.c.id.in_(replaced)).values(superseded_batch=number))
    brought = (
        select(stage, row_outcome.c.occurrence)
        .join(row_outcome, row_outcome.c.row_number == stage.c.row_number)
        .where(row_outcome.c.outcome.in_((ACCEPTED, AMENDED)))
    ).subquery("brought")
    known = brought.outerjoin(facility, facility.c.facility_key == brought.c.facility_key)
    columns = {
        "source": sa.literal(source),
        "occurrence": brought.c.occurrence,
        "batch": sa.literal(number),
        "superseded_batch": sa.cast(_superseded(connection, brought, number), sa.Integer),
        "facility": func.coalesce(facility.c.facility_id, UNKNOWN),
        "province_care": func.coalesce(facility.c.province, UNKNOWN),
    } | {name: brought.c[name] for name in RECORD_COLUMNS}
    connection.execute(
        episode.insert().from_select(list(columns), select(*columns.values()).select_from(known))
    )


def _superseded(connection: Connection, brought: sa.Subquery, number: int) -> sa.ColumnElement[Any]:
    """What ended a version: this very batch, where a later row of the file amends or withdraws it."""
    replaces = select(row_outcome.c.row_number).where(row_outcome.c.outcome.in_(_REPLACING)).limit(1)
    if connection.execute(replaces).first() is None:
        return sa.null()
    newest = (
        select(func.max(row_outcome.c.row_number))
        .where(row_outcome.c.outcome.in_((ACCEPTED, *_REPLACING)))
        .group_by(row_outcome.c.identity, row_outcome.c.occurrence)
        .scalar_subquery()
    )
    return case((brought.c.row_number.in_(newest), sa.null()), else_=number)
