"""The period a question uses: whole cells of the cubes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.epiweek import cell_first_day, cell_last_day, cell_number


@dataclass(frozen=True)
class Period:
    """First and last day, both included; always whole cells."""

    start: date
    end: date

    @classmethod
    def covering(cls, start: date, end: date) -> Period:
        """The smallest period of whole cells that holds both days."""
        return cls(cell_first_day(start), cell_last_day(end))

    @property
    def first_cell(self) -> int:
        """Number of its first cell."""
        return cell_number(self.start)

    @property
    def last_cell(self) -> int:
        """Number of its last cell."""
        return cell_number(self.end)

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
        end = limit if cell_last_day(limit) == limit else cell_first_day(limit) - timedelta(days=1)
        end = min(end, self.end)
        return None if end < self.start else Period(self.start, end)
