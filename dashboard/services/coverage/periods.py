"""The period a question uses, whole cells of the cubes; and the window it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.epiweek import time_cell_first_day, time_cell_last_day, time_cell_number
from surveillance.windows import Comparison


@dataclass(frozen=True)
class Period:
    """First and last day, both included; always whole cells."""

    start: date
    end: date

    @classmethod
    def covering(cls, start: date, end: date) -> Period:
        """The smallest period of whole cells that holds both days."""
        return cls(time_cell_first_day(start), time_cell_last_day(end))

    @property
    def first_cell(self) -> int:
        """Number of its first cell."""
        return time_cell_number(self.start)

    @property
    def last_cell(self) -> int:
        """Number of its last cell."""
        return time_cell_number(self.end)

    @property
    def days(self) -> int:
        """Its length."""
        return (self.end - self.start).days + 1

    @property
    def whole_years(self) -> Period:
        """The calendar years that hold it."""
        return Period(date(self.start.year, 1, 1), date(self.end.year, 12, 31))

    def due(self, today: date, follow_up_days: int) -> Period | None:
        """Its cells whose follow-up time has wholly passed by `today`; None where there is none."""
        limit = today - timedelta(days=follow_up_days)
        end = limit if time_cell_last_day(limit) == limit else time_cell_first_day(limit) - timedelta(days=1)
        end = min(end, self.end)
        return None if end < self.start else Period(self.start, end)


@dataclass(frozen=True)
class Facts:
    """How two windows were compared, for those who show the change.

    `now` is None where it is the very period that is shown. `known_on`: the earlier window is as it was known
    at the end of that day; None: as it is known now. `unit`, `kept` and `left_out`: facility-weeks (or
    facility-months) that are compared, and those with a report in one window only; None without pairing.
    """

    kind: Comparison
    earlier: Period
    now: Period | None = None
    known_on: date | None = None
    unit: str = ""
    kept: int | None = None
    left_out: int | None = None
    #: Whether each facility is compared with itself; else the sums of both windows are compared.
    of_facilities: bool = True
    #: Whether the year before was asked for, and the period is too long for it.
    too_long: bool = False
    #: Last day of the data, where the running year of persons is not complete: nothing is compared then.
    incomplete: date | None = None
