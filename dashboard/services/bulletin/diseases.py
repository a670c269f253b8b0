"""Cases of each disease: of the period, before it, a year before, since the year began; curves and maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dashboard.curve_filters import CASES
from dashboard.filters import CoverageQuery
from dashboard.services.bulletin.models import DiseasePart, Number, PlaceCases, Step
from dashboard.services.bulletin.source import Source
from dashboard.services.bulletin.thresholds import of_months, of_weeks
from dashboard.services.coverage.panel import TrendPoint, trend_of
from dashboard.services.coverage.table import AreaValue, table_of
from dashboard.services.curves.models import counted_in, number_of
from geodata.provinces import PROVINCES
from surveillance.alerts.rules import RULES
from surveillance.bulletin.period import BulletinPeriod
from surveillance.coverage.estimates import Estimate
from surveillance.diseases import DISEASES
from surveillance.status import Status

#: Diseases that are told: all but HIV and syphilis, which are told by calendar years alone.
TOLD = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)
#: Diseases that have a curve and a map: those that a rule of alerts watches.
PRIORITY = tuple(code for code in TOLD if any(rule.disease == code for rule in RULES.values()))
#: Steps of a curve, and years of weeks that a threshold may look back on.
WEEKS, MONTHS, _YEARS = 53, 25, 6
#: Fewer hidden provinces than this could be worked out by whoever knows one of them.
_FEWEST_HIDDEN = 3
_NOTHING = Number(None, Status.NOT_REPORTED)


def diseases_of(source: Source) -> tuple[DiseasePart, ...]:
    """Every disease of the reader's programmes that is told."""
    codes = [code for code in TOLD if source.grant.scope.covers(code)]
    return tuple(_own(source, code) if source.edition.own else _issued(source, code) for code in codes)


def _own(source: Source, code: str) -> DiseasePart:
    period, area = source.edition.period, source.edition.province
    begins = period.first - timedelta(days=366 * _YEARS)
    query = CoverageQuery(code, measure="yield", start=begins, end=period.last)
    with source.reading(query) as reading:
        table = table_of(reading)
        known = _of_area(table.rows, area, table.total)
        weeks = [_step(one, reading_own=True) for one in trend_of(reading, area, "week", known)[0]]
        if period.kind == "month":
            counted = [_step(one, reading_own=True) for one in trend_of(reading, area, "month", known)[0]]
        else:
            counted = weeks
        now = reading.of(replace(query, start=period.first, end=period.last, as_of=source.past))
        places = _places(table_of(now).rows)
    weeks = [one for one in weeks if one.last <= period.last]
    limits, method, years = of_weeks(weeks, WEEKS) if code in PRIORITY else ({}, "", 0)
    by_label = {one.label: one.cases.count for one in weeks}
    shown = tuple(
        replace(one, limit=limits.get(one.label), before=by_label.get(_year_before(one.first)))
        for one in weeks[-WEEKS:]
    )
    year = period.year_before
    return DiseasePart(
        code,
        period.label,
        _at(counted, period.label),
        _at(counted, period.before.label),
        _NOTHING if year is None else _at(counted, year.label),
        _since(counted, period.year_begins, period.last),
        shown if code in PRIORITY else (),
        "week",
        method,
        years,
        places if code in PRIORITY else (),
    )


def _issued(source: Source, code: str) -> DiseasePart:
    """Of the last issued month (of slow diseases quarter) that ended by the end of the bulletin's period."""
    period, area = source.edition.period, source.edition.province
    query = CoverageQuery(code, measure="positivity", end=period.last)
    with source.reading(query) as reading:
        table = table_of(reading)
        points, kind = trend_of(reading, area, "month", table.total)
        steps = [_step(one, reading_own=False) for one in points if one.end <= period.last]
        if not steps:
            return DiseasePart(code, "", _NOTHING, _NOTHING, _NOTHING, _NOTHING, step=kind)
        last = steps[-1]
        of = table_of(reading.of(replace(query, start=last.first, end=last.last)))
        places = _places(of.rows)
    limits, method, years = of_months(steps) if code in PRIORITY else ({}, "", 0)
    by_first = {one.first: one.cases for one in steps}
    hidden = sum(one.cases.status is Status.HIDDEN for one in places)
    withheld = 0 < hidden < _FEWEST_HIDDEN
    shown = tuple(
        replace(one, limit=limits.get(one.label), before=_count(by_first.get(_a_year_ago(one.first))))
        for one in steps[-MONTHS:]
    )
    return DiseasePart(
        code,
        last.label,
        last.cases,
        _before(steps),
        by_first.get(_a_year_ago(last.first), _NOTHING),
        _since(steps, date(last.first.year, 1, 1), last.last),
        shown if code in PRIORITY else (),
        kind,
        method,
        years,
        places if code in PRIORITY and not withheld else (),
        withheld,
    )


def _step(one: TrendPoint, *, reading_own: bool) -> Step:
    return Step(one.label, one.start, one.end, _number(one.value, reading_own=reading_own), one.whole)


def _number(value: Estimate, *, reading_own: bool) -> Number:
    found = number_of(value, "yield", CASES) if reading_own else counted_in(value)
    return Number(found.count, found.status)


def _of_area(rows: Sequence[AreaValue], area: str | None, total: Estimate) -> Estimate:
    return next((row.value for row in rows if row.area.code == area), total)


def _places(rows: Sequence[AreaValue]) -> tuple[PlaceCases, ...]:
    own = any(row.value.issued for row in rows)
    return tuple(
        PlaceCases(row.area.code, _number(row.value, reading_own=not own))
        for row in rows
        if row.area.code in PROVINCES
    )


def _at(steps: Sequence[Step], label: str) -> Number:
    return next((one.cases for one in steps if one.label == label), _NOTHING)


def _before(steps: Sequence[Step]) -> Number:
    """The step right before the last; none where the release has a gap between them."""
    follows = len(steps) > 1 and steps[-2].last + timedelta(days=1) == steps[-1].first
    return steps[-2].cases if follows else _NOTHING


def _count(number: Number | None) -> int | None:
    return None if number is None else number.count


def _since(steps: Sequence[Step], begins: date, last: date) -> Number:
    """Cases from the beginning of the year on; hidden where a part of them is."""
    held = [one.cases for one in steps if begins <= one.first and one.last <= last]
    if any(one.status is Status.HIDDEN for one in held):
        return Number(None, Status.HIDDEN)
    counts = [one.count for one in held if one.count is not None]
    if not counts:
        return _NOTHING
    total = sum(counts)
    return Number(total, Status.VALUE if total else Status.ZERO)


def _year_before(first: date) -> str:
    before = BulletinPeriod("week", first - timedelta(days=first.weekday())).year_before
    return "" if before is None else before.label


def _a_year_ago(first: date) -> date:
    return first.replace(year=first.year - 1)
