"""Alerts as they are told outside a scope: no curve, no threshold, no text of people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import select

from db.core.engine import Database
from db.core.scope import Scope
from db.operations.watch.alert_rows import load, within
from db.tables.watch.alerts import alert


@dataclass(frozen=True)
class Outside:
    """What is read of an alert; see `db.tables.watch.alerts`."""

    id: int
    disease: str
    level: str
    place: str
    province: str | None
    rule: str
    cluster: str | None
    first: date
    last_day: date
    last_count: int
    last_counts: str
    raised_at: str
    verified: bool | None
    closed_at: str | None

    @property
    def earliest(self) -> date:
        """First day that holds a case of it."""
        return min((self.first, *load(self.last_counts)))


_READ = [alert.c[name] for name in Outside.__dataclass_fields__]


def outside(
    database: Database,
    programmes: Scope,
    own: Scope | None,
    *,
    closed_since: str,
    but: Collection[str] = (),
    number: int | None = None,
) -> list[Outside]:
    """Alerts that `own` does not hold, the oldest first: open ones, and those closed from a moment on.

    Parameters
    ----------
    programmes : Scope
        Whose diseases are read.
    own : Scope, optional
        What the reader is shown anyway; None: nothing.
    closed_since : str
        UTC, ISO.
    but : collection of str
        Outcomes that are left out.
    number : int, optional
        Of one alone.
    """
    lately = sa.or_(alert.c.closed_at.is_(None), alert.c.closed_at >= closed_since)
    query = select(*_READ).where(lately, *within(programmes)).order_by(alert.c.id)
    if but:
        query = query.where(sa.or_(alert.c.outcome.is_(None), alert.c.outcome.not_in(sorted(but))))
    if own is not None:
        # a blank place is of no scope: NOT of a comparison with it would be blank, too
        query = query.where(sa.case((sa.and_(sa.true(), *within(own)), 1), else_=0) == 0)
    if number is not None:
        query = query.where(alert.c.id == number)
    with database.operations.connect() as connection:
        return [Outside(**row._mapping) for row in connection.execute(query)]
