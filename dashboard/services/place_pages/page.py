"""What the page of one place asks: in one transaction, the numbers of the map.

Every number is one that the map shows for the same question: the page leads there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from threading import Lock
from time import monotonic
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.panel import TrendPoint, groups_of, trend_of
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.persons import of_question
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import CoverageTable, table_of, values_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.place_pages.model import (
    CASCADE,
    MEASURES_SHOWN,
    POSITIVE,
    RANKED,
    RECORDED,
    TESTED,
    TREATED,
    YEAR,
    Curve,
    Groups,
    Line,
    PlacePage,
    Standing,
    Step,
    Windows,
    offered,
    recorded,
    windows,
)
from dashboard.services.place_pages.place import DISTRICT, FACILITY, Place
from dashboard.services.releases.figures import Figures
from dashboard.services.releases.in_force import figures_for, usual_of
from dashboard.services.today.overview import Asked, count_of
from db.core.engine import Database
from surveillance.calendar.entries import weeks_compared
from surveillance.coverage.count_change import CountChange
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.ranks import ranks
from surveillance.diseases import DISEASES
from surveillance.vocabulary import UNKNOWN
from surveillance.windows import YEAR_OF_WEEKS, Window, last_weeks

#: Answers kept in memory: how many, and for how many seconds.
_MOST, _SECONDS = 256, 300.0
#: Who asked for which page within so many seconds is made ready for; so many pages at most.
_LATELY, _READY = 3600.0, 24
#: Fewer areas than this are not ranked.
_FEWEST_RANKED = 2


def place_page(
    database: Database,
    grant: Grant,
    status: DataStatus,
    today: date,
    place: Place,
    disease: str | None = None,
) -> PlacePage | None:
    """Ask everything, or answer from memory what was asked within five minutes of the same data.

    `disease`: None takes the one with most records. None where the account is not told of the place.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with _LOCK:
        asked = (grant.role, grant.scope, place, disease)
        _ASKED[asked] = monotonic(), grant
        _ASKED.move_to_end(asked)
        while len(_ASKED) > _READY:
            _ASKED.popitem(last=False)
    return _answer(database, grant, status, today, place, disease, _SECONDS)


def renew(database: Database, status: DataStatus, today: date) -> None:
    """Make anew the pages that were asked for within the hour, where they are not held or soon end."""
    since = monotonic() - _LATELY
    with _LOCK:
        wanted = [(asked[2:], grant) for asked, (at, grant) in _ASKED.items() if at > since]
    for (place, disease), grant in wanted:
        _answer(database, grant, status, today, place, disease, _SECONDS / 2)


def _answer(
    database: Database,
    grant: Grant,
    status: DataStatus,
    today: date,
    place: Place,
    disease: str | None,
    seconds: float,
) -> PlacePage | None:
    """What is held and at most so old, or a new answer."""
    found = windows(status)
    figures = None if rules.entitled(grant) else figures_for(database, grant)
    if not rules.entitled(grant):
        found, reason = _issued_windows(figures, place)
        if found is None:
            return PlacePage(place, None, reason=reason)
    if found is None:
        return PlacePage(place, None)
    kept = weeks_compared(calendar.entries(database, grant), found.weeks, "before")
    release = 0 if figures is None else figures.stamp.release
    key = (str(database.records.url), grant.role, grant.scope, status, today, place, disease, kept, release)
    with _LOCK:
        since, held = _HELD.get(key, (0.0, None))
    if held is not None and monotonic() - since < seconds:
        return held
    with reading_of(
        database, grant, _query(place, (offered(place, grant) or ["malaria"])[0], RECORDED, found.year), today
    ) as reading:
        reading.together_with((TESTED, TREATED, POSITIVE))
        made = _Asking(reading, place, status, found, kept).page(disease)
    if made is not None:
        with _LOCK:
            _HELD[key] = monotonic(), made
            while len(_HELD) > _MOST:
                _HELD.popitem(last=False)
    return made


_LOCK = Lock()
_HELD: OrderedDict[Any, tuple[float, PlacePage]] = OrderedDict()
#: Which page was asked for last, of each role and scope, and when.
_ASKED: OrderedDict[Any, tuple[float, Grant]] = OrderedDict()


def _issued_windows(figures: Figures | None, place: Place) -> tuple[Windows | None, str]:
    """The last year that is issued of the kind of place, of whichever disease has it; why there is none.

    Where no year is issued it is the last four quarters, or twelve months.
    """
    if place.kind == FACILITY:
        return None, rules.NOT_BY_FACILITY
    if place.kind == DISTRICT:
        return None, rules.NOT_BY_DISTRICT
    if figures is None:
        return None, rules.NOTHING_ISSUED
    held = filter(None, (usual_of(figures, code, dimension=place.dimension) for code in DISEASES))
    year = max(held, default=None, key=_whole_year)
    if year is None:
        return None, rules.NOT_OF_DISEASE
    return Windows(year, year, year), ""


def _whole_year(window: Window) -> tuple[bool, date]:
    """Whole calendar years first, of which fewest values are hidden; then the latest."""
    return (window.first.month, window.last.month) == (1, 12), window.last


def _query(place: Place, disease: str, measure: str, window: Window) -> CoverageQuery:
    return CoverageQuery(disease, by=place.kind, measure=measure, start=window.first, end=window.last)


class _Asking:
    """One page being asked: readings of one transaction, and no table twice."""

    def __init__(self, reading: Reading, place: Place, status: DataStatus, found: Windows, kept: int) -> None:
        self._reading, self._place, self._status, self._windows = reading, place, status, found
        self._kept = kept
        self._code = place.area.code
        _ = reading.begins, reading.facilities  # read once, for every question
        self._bases: dict[Window, Reading] = {}
        self._tables: dict[tuple[str, str, Window], tuple[Reading, CoverageTable]] = {}
        self._counts: dict[tuple[str, str, Window], CoverageTable] = {}
        #: Whether a value is the same beside all others as alone: it is the account's own.
        self._alone = rules.entitled(reading.grant) and _covered(reading.grant, place)

    def page(self, disease: str | None) -> PlacePage | None:
        """Everything; None where the account is not told of the place."""
        codes = offered(self._place, self._reading.grant)
        years = {code: self._values(code, self._windows.year) for code in codes}
        years = {code: values for code, values in years.items() if values}
        if not years:
            return None
        chosen = disease if disease in years else max(years, key=lambda code: _weight(code, years[code]))
        return PlacePage(
            self._place,
            self._windows,
            chosen,
            tuple(self._line(code, values, compared=code == chosen) for code, values in years.items()),
            tuple(self._cascade(chosen)),
            self._curve(chosen),
            tuple(self._groups(chosen)),
            tuple(self._standings(chosen)),
            self._kept,
            release=self._reading.release,
        )

    def _of(self, disease: str, measure: str, window: Window) -> Reading:
        query = _query(self._place, disease, measure, window)
        if measure == "completion" and self._reading.release is None:
            base = self._reading
            return of_question(base.connection, base.grant, query, base.today)
        if window not in self._bases:
            self._bases[window] = self._reading.of(query)
            self._bases[window].reported(self._code)  # read once for each window
        return self._bases[window].of(query)

    def _table(self, disease: str, measure: str, window: Window) -> tuple[Reading, CoverageTable]:
        key = (disease, measure, window)
        if key not in self._tables:
            reading = self._of(*key)
            self._tables[key] = reading, table_of(reading)
        return self._tables[key]

    def _counted(self, disease: str, measure: str, window: Window) -> CoverageTable:
        """The same table without the vans, where it is not there already."""
        key = (disease, measure, window)
        if key in self._tables:
            return self._tables[key][1]
        if key not in self._counts:
            self._counts[key] = table_of(self._of(*key).counting())
        return self._counts[key]

    def _value(self, disease: str, measure: str, window: Window, *, counts: bool = False) -> Estimate | None:
        """The value that the map has of the place; None where it has none. `counts`: without its interval."""
        if (disease, measure, window) not in self._tables and self._alone:
            reading = self._of(disease, measure, window)
            if reading.out_of_reach:
                return None
            return disclosed.one(reading.grant, (reading.counting() if counts else reading).total(self._code))
        table = (
            self._counted(disease, measure, window) if counts else self._table(disease, measure, window)[1]
        )
        return next((row.value for row in table.rows if row.area.code == self._code), None)

    def _values(self, disease: str, window: Window) -> dict[str, Estimate]:
        if self._reading.release is not None:
            return self._issued_values(disease, window)
        if self._alone:
            reading = self._of(disease, RECORDED, window)
            if reading.out_of_reach:
                return {}
            told = reading.totals(self._code, MEASURES_SHOWN)
            return {measure: disclosed.one(reading.grant, counts) for measure, counts in told.items()}
        return values_of(self._of(disease, RECORDED, window), self._code, MEASURES_SHOWN)

    def _issued_values(self, disease: str, window: Window) -> dict[str, Estimate]:
        """Values of the release, and of its records; none where nothing of the disease is issued here."""
        reading = self._of(disease, TESTED, window)
        if reading.out_of_reach:
            return {}
        measures = [measure for measure in MEASURES_SHOWN if measure != RECORDED]
        told = values_of(reading, self._code, measures)
        return {RECORDED: disclosed.one(reading.grant, reading.of_records().total(self._code)), **told}

    def _line(self, disease: str, year: dict[str, Estimate], *, compared: bool) -> Line:
        """Of HIV and syphilis the year alone: weeks of a place hold too few people."""
        if DISEASES[disease].sensitive or self._reading.release is not None:
            reading = self._of(disease, TESTED, self._windows.year)
            return Line(disease, year=year, days=reading.period, periods=self._periods(disease, year))
        values = self._values(disease, self._windows.weeks)
        weeks = {m: self._asked(disease, m, value, compared=compared) for m, value in values.items()}
        return Line(disease, weeks, self._values(disease, self._windows.week), year)

    def _periods(self, disease: str, measures: Iterable[str]) -> dict[str, str]:
        """The issued periods behind each value of the year."""
        found = {}
        for measure in measures:
            reading = self._of(disease, TESTED if measure == RECORDED else measure, self._windows.year)
            reading = reading.of_records() if measure == RECORDED else reading
            found[measure] = reading.release.said if reading.release is not None else ""
        return found

    def _asked(self, disease: str, measure: str, value: Estimate, *, compared: bool) -> Asked:
        """A measure of the last weeks, of this place alone, as the first page has it of all together."""
        window = self._windows.weeks
        query = replace(_query(self._place, disease, measure, window), compare="before")
        changes = Changes()
        count: tuple[CountChange | None, int] = (None, 0)
        if compared and self._kept:
            changes, count = self._compared(disease, measure)
        own = CoverageTable(query, self._bases[window].period, [], value)
        return Asked(query, own, changes, None, *count, area=self._code)

    def _compared(self, disease: str, measure: str) -> tuple[Changes, tuple[CountChange | None, int]]:
        """How a measure changed in the weeks that are compared: the last ones without what is left out."""
        window = last_weeks(self._windows.weeks.last, self._kept)
        query = replace(_query(self._place, disease, measure, window), compare="before")
        if measure in (TESTED, TREATED):
            _, table = self._table(disease, measure, window)
            found = changes_of(self._bases[window].of(query), replace(table, query=query))
            return replace(found, total=found.of.get(self._code)), (None, 0)
        if measure == POSITIVE:
            return Changes(), count_of(self._of(disease, measure, window).of(query), self._code)
        return Changes(), (None, 0)

    def _cascade(self, disease: str) -> Iterator[Step]:
        steps = CASCADE if self._reading.release is None else CASCADE[1:]  # who is eligible is not issued
        for measure in steps:
            window = self._windows.year if measure != "completion" else self._due(disease)
            value = self._value(disease, measure, window)
            if value is not None:
                yield Step(
                    _query(self._place, disease, measure, window),
                    value,
                    self._of(disease, measure, window).period,
                )

    def _due(self, disease: str) -> Window:
        """The last weeks of a year in which treatments began that are due by now, as on the map."""
        first, last = self._status.first_visit, self._status.last_visit
        if first is None or last is None:  # windows() has looked
            return self._windows.year
        days = DISEASES[disease].follow_up_days
        due = Period.covering(first, last).due(min(self._reading.today, last), days)
        if due is None:
            return self._windows.year
        year = last_weeks(due.end, YEAR)
        return Window(max(year.first, first), year.last) if year.last > first else self._windows.year

    def _curve(self, disease: str) -> Curve:
        """To the end of the data, so that the running week stands there as one that is not complete."""
        last, year = self._status.last_visit, self._windows.year
        if self._reading.release is not None:  # weeks are not issued
            return Curve()
        if last is None or rules.by_year_only(self._reading.grant, disease):
            return Curve()
        window = Window(year.first, last)
        points = self._weeks(disease, window)
        earlier = Window(window.first - YEAR_OF_WEEKS, window.last - YEAR_OF_WEEKS)
        before = {one.start + YEAR_OF_WEEKS: one.value for one in self._weeks(disease, earlier) if one.whole}
        return Curve(_query(self._place, disease, POSITIVE, window), tuple(points), before)

    def _weeks(self, disease: str, window: Window) -> list[TrendPoint]:
        value = self._value(disease, POSITIVE, window, counts=True)
        if value is None:
            return []
        points, step = trend_of(self._of(disease, POSITIVE, window).counting(), self._code, "week", value)
        return points if step == "week" else []

    def _groups(self, disease: str) -> Iterator[Groups]:
        tested, positive = (self._by_group(disease, measure) for measure in (TESTED, POSITIVE))
        for axis, values in tested.items():
            yield Groups(axis, tuple(values), dict(positive.get(axis, ())))

    def _by_group(self, disease: str, measure: str) -> dict[str, list[tuple[str, Estimate]]]:
        value = self._value(disease, measure, self._windows.year)
        reading = self._of(disease, measure, self._windows.year)
        return {} if value is None else groups_of(reading, self._code, value)

    def _standings(self, disease: str) -> Iterator[Standing]:
        """Among those of its kind that have a value which the account may see."""
        for measure in RANKED:
            reading, table = self._table(disease, measure, self._windows.year)
            rows = [row for row in table.rows if row.area.code != UNKNOWN and row.value.denominator]
            own = next((n for n, row in enumerate(rows) if row.area.code == self._code), None)
            if own is None or len(rows) < _FEWEST_RANKED:
                continue
            found = ranks(
                [row.value.numerator or 0 for row in rows],
                [row.value.denominator or 0 for row in rows],
                [row.value.effect or 1.0 for row in rows],
            )
            order = sorted(range(len(rows)), key=lambda n: (found[n].rank, rows[n].area.code))
            at = order.index(own)
            beside = order[at + 1] if at + 1 < len(order) else order[at - 1]
            apart = found[own].apart(found[beside])
            yield Standing(reading.query, rows[own].value, found[own], len(rows), rows[beside], apart)


def _covered(grant: Grant, place: Place) -> bool:
    """Whether a place is one of the account's own, whatever records there are."""
    own = place.area.province is not None and grant.scope.holds(place.area.province)
    return (
        grant.scope.national
        or own
        or place.kind in (FACILITY, DISTRICT)
        or (place.area.code in grant.scope.crossings)
    )


def _weight(disease: str, year: dict[str, Estimate]) -> tuple[bool, int]:
    """Records of the year; HIV and syphilis are looked at when they are asked for."""
    held = recorded(year[RECORDED]) if RECORDED in year else None
    return not DISEASES[disease].sensitive, held or 0
