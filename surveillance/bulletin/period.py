"""The period of a bulletin: an ISO week or a calendar month, what it is compared with, and its delay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from surveillance.epiweek import EpiWeek, period_first_day, period_label, period_last_day
from surveillance.errors import UsageError

Kind = Literal["week", "month"]
KINDS: tuple[Kind, ...] = ("week", "month")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BulletinPeriod:
    """A whole ISO week or calendar month.

    Parameters
    ----------
    kind : {"week", "month"}
    first : date
        Its first day.
    """

    kind: Kind
    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return period_last_day(self.first, self.kind)

    @property
    def label(self) -> str:
        """Its name: 2026-W26 or 2026-06."""
        return period_label(self.first, self.kind)

    @property
    def before(self) -> BulletinPeriod:
        """The week or month before."""
        return BulletinPeriod(self.kind, period_first_day(self.first - _DAY, self.kind))

    @property
    def year(self) -> int:
        """The year that it is counted in: of a week the ISO year."""
        return self.first.isocalendar().year if self.kind == "week" else self.first.year

    @property
    def year_begins(self) -> date:
        """First day of that year: of weeks the Monday of week 1."""
        return EpiWeek(self.year, 1).first_day if self.kind == "week" else date(self.year, 1, 1)

    @property
    def year_before(self) -> BulletinPeriod | None:
        """The same week or month of the year before; None for a week 53 where that year has none."""
        if self.kind == "month":
            return BulletinPeriod("month", self.first.replace(year=self.first.year - 1))
        iso = self.first.isocalendar()
        try:
            return BulletinPeriod("week", date.fromisocalendar(iso.year - 1, iso.week, 1))
        except ValueError:
            return None

    def delay(self, as_of: date) -> int:
        """Count the days from the last day of the period to the day of which a bulletin tells.

        Parameters
        ----------
        as_of : date
            The day at whose end the bulletin knew what it says.

        Returns
        -------
        int
            Days; 0 on the last day of the period itself.

        Raises
        ------
        UsageError
            The period is not over on that day.

        Examples
        --------
        >>> BulletinPeriod("week", date(2026, 6, 22)).delay(date(2026, 7, 2))
        4
        """
        if as_of < self.last:
            raise UsageError(
                "{period} ends on {last}: a bulletin is made when its period is over, which {day} is not",
                "as_of",
                period=self.label,
                last=self.last,
                day=as_of,
            )
        return (as_of - self.last).days


def read_period(week: str | None, month: str | None) -> BulletinPeriod:
    """Read the period that a command or an address names.

    Parameters
    ----------
    week : str, optional
        An ISO week such as 2026-W26.
    month : str, optional
        A month such as 2026-06.

    Returns
    -------
    BulletinPeriod

    Raises
    ------
    UsageError
        Neither is given, or both; or it is no such week or month.

    References
    ----------
    ISO 8601-1:2019, week dates.

    Examples
    --------
    >>> read_period("2026-W26", None).first, read_period(None, "2026-06").last
    (datetime.date(2026, 6, 22), datetime.date(2026, 6, 30))
    """
    if bool(week) == bool(month):
        raise UsageError("name one week or one month, such as 2026-W26 or 2026-06", "week")
    if week:
        found = _WEEK.fullmatch(week.strip())
        try:
            if found:
                return BulletinPeriod("week", date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            pass
        raise UsageError("week: '{given}' is no week such as 2026-W26", "week", given=week[:40])
    text = str(month)
    found = _MONTH.fullmatch(text.strip())
    try:
        if found:
            return BulletinPeriod("month", date(int(found[1]), int(found[2]), 1))
    except ValueError:
        pass
    raise UsageError("month: '{given}' is no month such as 2026-06", "month", given=text[:40])


def periods_within(first: date, last: date, kind: Kind, most: int) -> list[BulletinPeriod]:
    """List the whole periods between two days, the newest first.

    Parameters
    ----------
    first, last : date
        Days of which there are records, both included.
    kind : {"week", "month"}
    most : int
        How many are listed at most.

    Returns
    -------
    list of BulletinPeriod
        Periods that begin on the first day or later and end on the last day or earlier.

    Examples
    --------
    >>> [one.label for one in periods_within(date(2026, 6, 3), date(2026, 6, 30), "week", 9)]
    ['2026-W26', '2026-W25', '2026-W24']
    """
    one = BulletinPeriod(kind, period_first_day(last, kind))
    if one.last > last:
        one = one.before
    found: list[BulletinPeriod] = []
    while one.first >= first and len(found) < most:
        found.append(one)
        one = one.before
    return found
