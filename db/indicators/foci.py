"""Foci of malaria: the day of the last case that was infected in each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.tables import in_scope
from db.tables.records import episode
from surveillance.coverage.indicators import all_states, resolve

#: Cascades of those who were found positive.
_POSITIVE = tuple(state for state, answers in all_states() if resolve(answers)[2] is True)
#: Cases that were infected where the focus is.
LOCAL = ("introduced", "indigenous")


def last_cases(connection: Connection, scope: Scope, until: date) -> dict[str, date]:
    """Village of each focus -> day of the last visit of a local case, no later than a day.

    Raises
    ------
    NotPermittedError
        The scope does not cover malaria.
    """
    scope.check("malaria")
    c = episode.c
    rows = connection.execute(
        select(c.focus, func.max(c.date_visit))
        .where(
            c.disease == "malaria",
            c.focus.is_not(None),
            c.superseded_batch.is_(None),
            c.cascade.in_(_POSITIVE),
            c.origin.in_(LOCAL),
            c.date_visit <= until,
            *in_scope.records(scope, "care"),
        )
        .group_by(c.focus)
    )
    return {focus: day for focus, day in rows if day is not None}
