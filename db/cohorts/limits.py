"""Until when each facility knew outcomes: the day by which the completion of its courses is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.tables.aggregates import aggregate_value
from db.tables.cohorts import CHANGED, HELD, NO_BATCH, NO_FACILITY
from db.tables.records import batch
from surveillance.coverage.cohorts import day_of_change, last_whole_week, longest_follow_up
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE, day_number, day_of_number, time_cell_last_day

#: Receipts looked up at a time.
_ASKED = 800
#: Before every day: a facility without outcomes.
_NEVER = int(np.iinfo(np.int64).min)


@dataclass(frozen=True)
class Limits:
    """Last day of which each facility knew outcomes, never after today; by its key."""

    disease: str
    today: int
    of: Mapping[str, int]

    @property
    def weekly(self) -> bool:
        """Whether the disease is not kept by facility."""
        return DISEASES[self.disease].sensitive

    def known(self, key: str) -> int | None:
        """The day of one facility; None where it has sent no outcome."""
        return self.of.get(NO_FACILITY if self.weekly else key)

    def due(self, key: str) -> int:
        """The day by which its courses are judged: records without a facility wait for none."""
        if key == NO_FACILITY and not self.weekly:
            return self.today
        known = self.known(key)
        return _NEVER if known is None else known


def limits(connection: Connection, disease: str, today: date) -> Limits:
    """Until when each facility knew outcomes of a disease: its records, their changes and its reports."""
    days = HELD.day.c
    query = select(days.facility, days.batch, func.max(days.day), func.min(days.day))
    rows = connection.execute(query.where(days.disease == disease).group_by(days.facility, days.batch)).all()
    receipts = _receipts(connection, sorted({number for _, number, *_ in rows} - {NO_BATCH}))
    found: dict[str, int] = {}

    def know(key: str, day: int) -> None:
        found[key] = max(found.get(key, day), day)

    for key, number, last, first in rows:
        receipt = receipts.get(number)
        if receipt is None:
            know(key, last)
            continue
        if last != CHANGED:
            know(key, min(last, day_number(receipt.came)))
        if first == CHANGED:
            know(key, day_number(receipt.change))
    for key, day in _reported(connection, disease):
        if DISEASES[disease].sensitive:
            know(NO_FACILITY, day_number(last_whole_week(day)))
        else:
            know(key, day_number(day))
    now = day_number(today)
    return Limits(disease, now, {key: min(day, now) for key, day in found.items()})


def _reported(connection: Connection, disease: str) -> Iterator[tuple[str, date]]:
    """A report of who completed was made when its cohort was due, and no later than it came."""
    value = aggregate_value.c
    query = (
        select(value.facility_key, func.max(value.last_cell), batch.c.received_at)
        .join(batch, batch.c.id == value.batch)
        .where(value.disease == disease, value.item == "completed", value.value.is_not(None))
        .where(value.superseded_batch.is_(None))
        .group_by(value.facility_key, batch.c.received_at)
    )
    for key, cell, came in connection.execute(query):
        due = time_cell_last_day(day_of_number(cell)) + timedelta(days=longest_follow_up(disease))
        yield key, min(due, received_day(came))


class _Receipt(NamedTuple):
    """The day on which a file came, and the day of which it speaks where it changed what is held."""

    came: date
    change: date


def _receipts(connection: Connection, numbers: Sequence[int]) -> dict[int, _Receipt]:
    c, found = batch.c, {}
    for start in range(0, len(numbers), _ASKED):
        some = c.id.in_(numbers[start : start + _ASKED])
        query = select(c.id, c.received_at, c.accepted, c.last_visit).where(some)
        for number, moment, accepted, last in connection.execute(query):
            came = received_day(moment)
            found[number] = _Receipt(came, day_of_change(came, accepted=accepted, last_visit=last))
    return found


def received_day(moment: str) -> date:
    """Day in Cambodia of a moment that a receipt holds."""
    found = datetime.fromisoformat(moment)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(TIME_ZONE).date()
