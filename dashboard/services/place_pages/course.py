"""Whether care of one disease gets better or worse at a place: against a year before, and its course.

The window is the shortest one with enough people (`surveillance.periods.course`): the last complete
quarter, else the last four. Every number is one that the map shows for the same question, for a reader of
the place's province.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from threading import Lock
from time import monotonic
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import changes_of
from dashboard.services.coverage.panel import TrendPoint, panel_of, trend_of
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import table_of
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.place_pages.model import TESTED, TREATED
from dashboard.services.place_pages.place import CROSSING, DISTRICT, FACILITY, Place
from dashboard.services.releases.in_force import number_for
from db.core.engine import Database
from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.trend_steps import ENOUGH
from surveillance.epiweek import PeriodKind
from surveillance.periods.course import LONG, usual_length
from surveillance.windows import Window, compared, last_quarters

#: What is asked whether it gets better, the first first.
ASKED = (TREATED, TESTED)
#: Quarters of the picture.
QUARTERS = 20
#: Answers kept in memory: how many, and for how many seconds.
_MOST, _SECONDS = 256, 300.0


@dataclass(frozen=True)
class Course:
    """One measure of one place over time.

    Parameters
    ----------
    query : CoverageQuery
        The question of the later window against the year before.
    window, earlier : Window
        Both windows: a quarter each, or four.
    people : (int, int) or None
        How many have the measure's answer in each window; None where that is not told.
    enough : bool
        Whether both windows have enough people to be compared.
    now, before : Estimate or None
        The later value, and the earlier one as it is compared.
    change : Change or None
        None where nothing is compared.
    begins : date or None
        Where records begin within the earlier window: their first day.
    few : bool
        Whether the change is hidden since a count is small.
    points : tuple of TrendPoint
        Quarters, or years where quarters hold too few people.
    """

    query: CoverageQuery
    window: Window
    earlier: Window
    people: tuple[int, int] | None
    enough: bool
    now: Estimate | None = None
    before: Estimate | None = None
    change: Change | None = None
    begins: date | None = None
    few: bool = False
    points: tuple[TrendPoint, ...] = ()
    step: PeriodKind = "quarter"
    #: Whether it is of issued figures.
    issued: bool = False


def courses(
    database: Database, grant: Grant, status: DataStatus, today: date, place: Place, disease: str
) -> tuple[Course, ...]:
    """Whether treatment and testing of a disease got better or worse at a place; none without four quarters.

    Nothing of what the account is shown by calendar years only.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    first, last = status.first_visit, status.last_visit
    if first is None or last is None or rules.by_year_only(grant, disease):
        return ()
    if last_quarters(last, LONG).first < first.replace(day=1):
        return ()
    release = number_for(database, grant)
    if not rules.entitled(grant) and (place.kind in (FACILITY, DISTRICT) or not release):
        return ()
    key = (str(database.records.url), grant.role, grant.scope, status, today, place, disease, release)
    with _LOCK:
        since, held = _HELD.get(key, (0.0, None))
    if held is not None and monotonic() - since < _SECONDS:
        return held
    within = grant
    province = place.area.province if place.kind != CROSSING else None
    if rules.entitled(grant) and province is not None and grant.scope.holds(province):
        within = grant.within(province)  # elsewhere what is hidden depends on the other places
    window = last_quarters(last, QUARTERS)
    begins = max(window.first, first.replace(day=1, month=first.month - (first.month - 1) % 3))
    query = CoverageQuery(
        disease, by=place.kind, measure=TREATED, start=begins, end=window.last, compare="year"
    )
    with reading_of(database, within, query, today) as reading:
        reading.together_with(ASKED)
        made = tuple(_course(reading.of(replace(query, measure=measure)), place, last) for measure in ASKED)
    with _LOCK:
        _HELD[key] = monotonic(), made
        while len(_HELD) > _MOST:
            _HELD.popitem(last=False)
    return made


_LOCK = Lock()
_HELD: OrderedDict[Any, tuple[float, tuple[Course, ...]]] = OrderedDict()


def _course(reading: Reading, place: Place, last: date) -> Course:
    """One measure: `reading` is of all the quarters of the picture."""
    code = place.area.code
    table = table_of(reading)
    known = next((row.value for row in table.rows if row.area.code == code), None)
    points: Sequence[TrendPoint] = ()
    if known is not None:
        points, _ = trend_of(reading, code, "quarter", known)
    people = {point.start: point.value.denominator for point in points}
    length = usual_length(people, last)
    window = last_quarters(last, length or LONG)
    pair = compared(window, "year")
    earlier = window if pair is None else pair.earlier
    query = replace(reading.query, start=window.first, end=window.last)
    found = Course(query, window, earlier, _people(people, window, earlier), length is not None)
    issued = reading.release is not None
    if issued and (begins := reading.begins) is not None and begins > earlier.first:
        found = replace(found, begins=begins)
    step: PeriodKind = "quarter"
    if known is not None and _sparse(points):
        points, step = trend_of(reading, code, "year", known)
    if length is not None:
        found = _with_change(found, reading.of(query), code)
    return replace(found, points=tuple(points), step=step, issued=issued)


def _with_change(found: Course, reading: Reading, code: str) -> Course:
    """The same with its values and its change, as the map's panel has them."""
    table = table_of(reading)
    panel = panel_of(reading, code, "quarter", table, changes=changes_of(reading, table))
    begins = panel.begins
    late = begins if begins is not None and begins > found.earlier.first and panel.change is None else None
    return replace(
        found,
        now=panel.compared or panel.now,
        before=panel.earlier,
        change=panel.change,
        begins=late or found.begins,
        few=panel.few_compared,
    )


def _people(people: Mapping[date, int | None], window: Window, earlier: Window) -> tuple[int, int] | None:
    """People of both windows; None where one of their quarters is not told."""
    sums = []
    for first, last in (window, earlier):
        held = [count for start, count in people.items() if first <= start <= last]
        if any(count is None for count in held):
            return None
        sums.append(sum(count for count in held if count is not None))
    return sums[0], sums[1]


def _sparse(points: Sequence[TrendPoint]) -> bool:
    """Whether half of the quarters with people hold fewer than 30, so that years are drawn."""
    people = [point.value.denominator for point in points if point.value.denominator]
    return len(points) > LONG and bool(people) and median(people) < ENOUGH
