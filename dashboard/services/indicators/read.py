"""What an indicator that is summed record by record reads: undisclosed sums, and who reported."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.who_reported import JUDGES
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.kept import Kept
from dashboard.services.reporting.presence import kept_presence
from db.core.engine import Connection, Database
from db.history import as_of as past
from db.indicators import query, update
from db.indicators.model import IndicatorSums
from surveillance.epiweek import day_of_number, time_cell_last_day, time_cells_between
from surveillance.errors import UsageError
from surveillance.indicators.model import Indicator, OfRecords

#: What is the same for every indicator of a reader and a period, such as who reported: a page asks several.
_MEMORY: Kept[dict[Hashable, Any]] = Kept(16)
Sums = Mapping[str, IndicatorSums]


@contextmanager
def reading_of_indicators(
    database: Database, grant: Grant, query: CoverageQuery, today: date
) -> Iterator[Reading]:
    """A reading whose connection shows the sums of indicators, at the moment that is asked for.

    Raises
    ------
    UsageError
        An earlier day is asked for that has no answer.
    """
    if query.as_of is None:
        with database.reading() as connection:
            asked = (query.start, query.end, today)
            memory: dict[Hashable, Any] = _MEMORY.get(database, grant, asked, dict)
            reading = Reading(connection, grant, query, today, memory)
            reading.shared(JUDGES, lambda: partial(kept_presence, database, grant))
            yield reading
        return
    if query.as_of > today:
        raise UsageError("as-of: {day} has not come yet", "as_of", day=query.as_of)
    with database.reading() as connection:
        number = past.batch_at(connection, query.as_of)
    with past.reading_as_of(database, number) as connection:
        reading = Reading(connection, grant, query, query.as_of)
        if reading.period is not None:
            held = past.answered_from(connection, number, by_start=True)
            past.refuse_sealed(held, query.as_of, reading.period.first_cell)
        yield reading


@dataclass(frozen=True)
class Asked:
    """What is asked of the sums: an indicator, by what, in which cells; `today` judges what is due."""

    indicator: Indicator
    by: str
    period: Period
    today: date

    @property
    def key(self) -> int:
        """The number under which its sums are kept."""
        assert isinstance(self.indicator.counted, OfRecords)  # noqa: S101 - the engine asks for no other
        return self.indicator.counted.key

    @property
    def place(self) -> str:
        """Kind of place of the sums."""
        if self.by in ("country", "province"):
            return "home" if self.indicator.home else "province"
        return self.by


def sums(reading: Reading, asked: Asked) -> Undisclosed[Sums]:
    """Sums of each area.

    Raises
    ------
    NotPermittedError
        An account of some places asks for places that do not know who gave care.
    """
    period = asked.period
    found = query.by_area(
        reading.connection,
        reading.grant.scope,
        asked.key,
        asked.place,
        period.first_cell,
        period.last_cell,
        sensitive=asked.indicator.sensitive,
        due=_due(asked),
    )
    return Undisclosed(found)


def sums_by_cell(reading: Reading, asked: Asked) -> Undisclosed[Mapping[int, IndicatorSums]]:
    """Sums of all areas together in each cell.

    Raises
    ------
    NotPermittedError
        As with :func:`sums`.
    """
    period, due = asked.period, _due(asked)
    found = query.by_cell(
        reading.connection,
        reading.grant.scope,
        asked.key,
        asked.place,
        period.first_cell,
        period.last_cell,
        sensitive=asked.indicator.sensitive,
    )
    if due is not None:
        later = {cell: IndicatorSums(later=one.denominator + one.unknown) for cell, one in found.items()}
        found = {cell: one if cell in due else later[cell] for cell, one in found.items()}
    return Undisclosed(found)


def _due(asked: Asked) -> set[int] | None:
    """Of a cohort, the cells whose follow-up time has passed."""
    if asked.indicator.period != "cohort":
        return None
    over = asked.today - timedelta(days=asked.indicator.follow_up_days)
    cells = time_cells_between(asked.period.start, asked.period.end)
    return {cell for cell in cells if time_cell_last_day(day_of_number(cell)) <= over}


def known_from(connection: Connection, asked: Asked) -> date | None:
    """First day from which the indicator is known, where the period begins before it; else None.

    Records that were sealed before the indicator was counted left no sums of it.
    """
    first = update.known_from(connection, asked.key)
    return day_of_number(first) if first is not None and asked.period.first_cell < first else None
