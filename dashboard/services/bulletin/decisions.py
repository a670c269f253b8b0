"""Decisions of the meeting as they stood: those of the period, those open before it, those done in it."""

from __future__ import annotations

from datetime import date

from dashboard.services.bulletin.models import DecisionRow, DecisionsPart
from dashboard.services.bulletin.source import Source, day_of, end_of, start_of
from db.operations import decisions as stored
from db.operations.decisions import Decision
from surveillance.bulletin.period import BulletinPeriod

#: Decisions that one bulletin lists at most.
MOST = 200


def decisions_of(source: Source) -> DecisionsPart:
    """What had been decided by the end of the day of the edition, and whether it was done."""
    edition = source.edition
    if not edition.own:
        return DecisionsPart(told=False)
    period, scope = edition.period, source.grant.scope
    found = stored.made_before(source.database, scope, end_of(edition.as_of), start_of(period.first), MOST)
    rows = [_row(one, period, edition.as_of) for one in found]
    rows.sort(key=lambda one: (one.done is not None, one.due, one.text))
    return DecisionsPart(True, tuple(rows))


def _row(one: Decision, period: BulletinPeriod, as_of: date) -> DecisionRow:
    made = day_of(one.made_at)
    return DecisionRow(
        one.text,
        one.owner,
        one.area,
        made,
        one.due,
        day_of(one.done_at) if one.done_at else None,
        one.overdue(as_of),
        period.first <= made <= period.last,
    )
