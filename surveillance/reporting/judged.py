"""What was due from each facility, whether it came, and whether it came by its deadline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from surveillance.coverage.silence import UNITS, Expected
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.reporting.evidence import NEVER, UNDATED, Evidence, Flags, Numbers

#: Days on which a facility owes nothing, such as those on which its crossing was closed: position of the
#: facility, first and last day.
Closed = tuple[int, date, date]


@dataclass(frozen=True)
class Reports:
    """Every report that is due within some days, or is going to be; all arrays have shape (n,).

    Parameters
    ----------
    facility : array of int
        Position of the facility.
    first, last : array of int
        Proleptic ordinals of the first and last day of the week, month or quarter.
    deadline : array of int
        Ordinal of the last day on which the report is on time.
    came : array of int
        Ordinal of the day on which its first report came: `UNDATED` where it came and the day is not
        known, `NEVER` where none came. A report that is sent twice is one, and the first counts.
    zero : array of bool
        Whether it came and names no person.
    on : int
        Ordinal of the day on which all this is judged.
    """

    facility: Numbers
    first: Numbers
    last: Numbers
    deadline: Numbers
    came: Numbers
    zero: Flags
    on: int

    @property
    def due(self) -> Flags:
        """Whether the deadline has passed."""
        return self.deadline < self.on

    @property
    def received(self) -> Flags:
        """Whether it came, by its deadline or later."""
        return self.came < NEVER

    @property
    def on_time(self) -> Flags:
        """Whether it came by its deadline."""
        return self.came <= self.deadline

    @property
    def undated(self) -> Flags:
        """Whether it came, and the day is not known."""
        return self.came == UNDATED

    @property
    def delay(self) -> Numbers:
        """Days from the end of its period until it came, 0 before that; without meaning where undated."""
        return np.maximum(self.came - self.last, 0)

    def kept(self, chosen: Flags) -> Reports:
        """Keep the chosen reports.

        Parameters
        ----------
        chosen : array of bool, shape (n,)

        Returns
        -------
        Reports

        Examples
        --------
        >>> days = date(2026, 6, 1), date(2026, 6, 21)
        >>> found = judge([Expected("weekly")], Evidence.of([]), *days, on=date(2026, 7, 1))
        >>> len(found.kept(found.received).first), len(found.kept(~found.received).first)
        (0, 3)
        """
        return Reports(
            self.facility[chosen],
            self.first[chosen],
            self.last[chosen],
            self.deadline[chosen],
            self.came[chosen],
            self.zero[chosen],
            self.on,
        )


def whole_periods(unit: PeriodKind, first: date, last: date) -> list[tuple[date, date]]:
    """List the weeks, months or quarters that lie within some days.

    Parameters
    ----------
    unit : {"week", "month", "quarter", "year"}
    first, last : date
        Both included.

    Returns
    -------
    list of (date, date)
        First and last day of each, in order.

    Examples
    --------
    >>> [day.isoformat() for day in whole_periods("month", date(2026, 1, 15), date(2026, 3, 1))[0]]
    ['2026-02-01', '2026-02-28']
    """
    found = []
    start = period_first_day(first, unit)
    while start <= last:
        end = period_last_day(start, unit)
        if first <= start and end <= last:
            found.append((start, end))
        start = end + timedelta(days=1)
    return found


def judge(
    expected: Sequence[Expected],
    evidence: Evidence,
    first: date,
    last: date,
    on: date,
    closed: Iterable[Closed] = (),
) -> Reports:
    """Hold what came against what is due.

    Due is each whole week, month or quarter within the days asked for on one day of which at least the
    facility serves: between its first and its last day, and not closed. It came where a record of the period
    is held, or where declared periods and aggregate reports together answer for each of its days of service.

    Parameters
    ----------
    expected : sequence of Expected
        How often and by when each facility reports; None is judged by the week.
    evidence : Evidence
        What came, by position in `expected`.
    first, last : date
        The days asked for, both included. Periods that they cut are left out.
    on : date
        A report is due once its deadline lies before this day. What came counts, whenever it came.
    closed : iterable of (int, date, date)
        Days on which a facility owes nothing.

    Returns
    -------
    Reports
        In the order of the facilities, and of their periods.

    Examples
    --------
    >>> facilities = [Expected("weekly", 3)]
    >>> came = [(0, date(2026, 6, 2), date(2026, 6, 2), date(2026, 6, 9), True, False),
    ...         (0, date(2026, 6, 8), date(2026, 6, 14), date(2026, 6, 20), False, True)]
    >>> days = date(2026, 6, 1), date(2026, 6, 21)
    >>> found = judge(facilities, Evidence.of(came), *days, on=date(2026, 7, 1))
    >>> found.received.tolist(), found.on_time.tolist(), found.zero.tolist()
    ([True, True, False], [True, False, False], [False, True, False])
    """
    units: dict[PeriodKind, list[int]] = {}
    for position, one in enumerate(expected):
        units.setdefault(UNITS[one.frequency], []).append(position)
    shut = list(closed)
    parts = [
        _of_unit(chosen, expected, evidence, periods, shut)
        for unit, chosen in units.items()
        if (periods := whole_periods(unit, first, last))
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [_NONE] * 6
    order = np.lexsort((columns[1], columns[0]))
    numbers = [column[order].astype(np.int32) for column in columns[:5]]
    return Reports(
        numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], columns[5][order] != 0, on.toordinal()
    )


_NONE = np.zeros(0, np.int32)


def _of_unit(
    chosen: Sequence[int],
    expected: Sequence[Expected],
    evidence: Evidence,
    periods: Sequence[tuple[date, date]],
    closed: Sequence[Closed],
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers, Flags]:
    """Facility, first and last day, deadline, day it came, whether zero: of the facilities of one unit."""
    starts = np.array([start.toordinal() for start, _ in periods], np.int32)
    ends = np.array([end.toordinal() for _, end in periods], np.int32)
    begin, days = int(starts[0]), int(ends[-1] - starts[0]) + 1
    serves = _service(chosen, expected, begin, days, closed)
    row_of = np.full(len(expected), -1, np.int32)
    row_of[list(chosen)] = np.arange(len(chosen))
    near = evidence.kept(
        (row_of[evidence.facility] >= 0) & (evidence.last >= begin) & (evidence.first < begin + days)
    )
    rows = row_of[near.facility]
    came = np.full((len(chosen), len(periods)), NEVER, np.int32)
    seen = np.zeros(came.shape, bool)
    single = ~near.whole
    at = np.clip(np.searchsorted(starts, near.first[single], "right") - 1, 0, None)
    np.minimum.at(came, (rows[single], at), near.came[single])
    seen[rows[single], at] = True
    told, somebody = _told(near.kept(near.whole), rows[near.whole], begin, serves.shape)
    offsets = starts - begin
    answered = np.maximum.reduceat(np.where(serves, told, -1), offsets, axis=1)
    came = np.minimum(came, np.where(answered < 0, NEVER, answered))
    seen |= np.logical_or.reduceat(somebody, offsets, axis=1)
    row, period = np.nonzero(np.logical_or.reduceat(serves, offsets, axis=1))
    wait = np.array([max(0, expected[position].deadline_days) for position in chosen], np.int32)
    found = came[row, period]
    return (
        np.array(chosen, np.int32)[row],
        starts[period],
        ends[period],
        ends[period] + wait[row],
        found,
        (found < NEVER) & ~seen[row, period],
    )


def _service(
    chosen: Sequence[int], expected: Sequence[Expected], begin: int, days: int, closed: Sequence[Closed]
) -> Flags:
    """Whether each facility serves on each day, shape (facilities, days)."""
    day = np.arange(begin, begin + days)
    first = np.array([(expected[one].begins or date.min).toordinal() for one in chosen])
    last = np.array([(expected[one].ends or date.max).toordinal() for one in chosen])
    serves: Flags = (first[:, None] <= day) & (day <= last[:, None])
    row_of = {position: row for row, position in enumerate(chosen)}
    for position, since, until in closed:
        if position in row_of:
            low, high = since.toordinal() - begin, until.toordinal() - begin + 1
            serves[row_of[position], max(low, 0) : max(high, 0)] = False
    return serves


def _told(whole: Evidence, rows: Numbers, begin: int, shape: tuple[int, ...]) -> tuple[Numbers, Flags]:
    """On each day the day on which the facility had answered for it, and whether with a person."""
    told, somebody = np.full(shape, NEVER, np.int32), np.zeros(shape, bool)
    low = np.maximum(whole.first - begin, 0)
    many = np.minimum(whole.last - begin, shape[1] - 1) - low + 1
    each = np.repeat(np.arange(len(many)), many)
    day = np.arange(len(each)) - np.repeat(np.cumsum(many) - many, many) + low[each]
    np.minimum.at(told, (rows[each], day), whole.came[each])
    somebody[rows[each][whole.seen[each]], day[whole.seen[each]]] = True
    return told, somebody
