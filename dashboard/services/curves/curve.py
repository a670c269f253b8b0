"""A curve as an account may see it: counts in steps, those without the day, parts, and the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dashboard.curve_filters import CASES, ORIGIN, PATIENTS, REPORT, VISIT, CurveQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import table_of
from dashboard.services.curves import read
from dashboard.services.curves.models import Curve, CurvePoint, Number, counted_in, number_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.kept import Kept
from dashboard.services.nowcast import read as nowcasts
from dashboard.services.nowcast.models import Expected
from dashboard.services.places.remote_group import key_of
from db.core.engine import Database
from surveillance.coverage.estimates import Counts, Estimate
from surveillance.curves import Step, incomplete
from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_label, period_last_day
from surveillance.errors import UsageError
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import ORIGIN as ORIGINS
from surveillance.vocabulary import shown_values

_CURVES: Kept[Curve] = Kept(64)
#: A curve that ends earlier than this before the data do has no week that is still to be filled.
_LAST_WEEKS = timedelta(weeks=12)
NOT_SENSITIVE = N_(
    "HIV and syphilis are shown by the day of the visit alone, and not divided: it could harm people."
)
#: Said where single records are needed, and kept as sums only.
SEALED = N_("Records of these days are kept as sums only: their days of onset and report are not known.")


def parts_of(query: CurveQuery) -> tuple[str, ...]:
    """Codes that the bars of a curve are divided into."""
    if query.group is None:
        return ()
    values = ORIGINS if query.group == ORIGIN else shown_values(query.group)
    kept = query.groups.get(query.group)
    return tuple(
        value.code for value in values if kept is None or not set(kept).isdisjoint(value.code.split(","))
    )


def curve(database: Database, grant: Grant, query: CurveQuery, last: date | None, today: date) -> Curve:
    """Answer the question of a curve. `last`: last day of the data.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    UsageError
        The question contradicts itself, or names an area that there is not.
    """
    grant.check(Permission.SEE_COVERAGE)
    query.check()
    if DISEASES[query.disease].sensitive and (query.by != VISIT or query.group):
        return Curve(query, None, query.step, hidden=NOT_SENSITIVE)
    asked = query.coverage
    if rules.reads_release(grant, asked):
        return _CURVES.get(
            database, grant, (repr(query), today), lambda: _issued(database, grant, query, today)
        )
    if reason := rules.reason_hidden(grant, asked):
        return Curve(query, None, query.step, hidden=reason)
    return _CURVES.get(
        database,
        grant,
        (key_of(database, query), last, today),
        lambda: _read(database, grant, query, last, today),
    )


def _read(database: Database, grant: Grant, query: CurveQuery, last: date | None, today: date) -> Curve:
    with reading_of(database, grant, query.coverage, today) as reading:
        return _answer(reading, query, last)


def _answer(reading: Reading, query: CurveQuery, last: date | None) -> Curve:
    table = table_of(reading)
    code = query.area or None
    row = next((row for row in table.rows if row.area.code == code), None)
    if code is not None and row is None:
        raise UsageError("area: there is no area '{given}' here", "area", given=code[:40])
    known = table.total if row is None else row.value
    used = reading.period
    if used is None or (within := reading.with_data(used)) is None:
        return Curve(query, used, query.step)
    kind: PeriodKind = "year" if reading.yearly else query.step
    if known.status is Status.HIDDEN:
        hidden = Number(None, Status.HIDDEN, known.few)
        return Curve(query, within, kind, total=hidden, hidden="" if known.few else rules.BY_YEAR_ONLY)
    known_from = None
    if query.by != VISIT or query.group:
        held = read.held_from(reading)
        if held is not None and held > within.start:
            if held > within.end:
                return Curve(query, within, kind, hidden=SEALED)
            within, known_from = Period(held, within.end), held
            if query.by == VISIT:
                known = disclosed.one(reading.grant, _total(reading, within, code))
    found = read.counted(reading, query, within, code)
    grant = reading.grant
    undated = None
    if found.undated is None:
        values = disclosed.of_total(grant, found.counts, known)
    else:
        both = found.counts.with_(found.undated).map(lambda held: [*held[0], held[1]])
        known = disclosed.one(grant, both.map(lambda held: sum(held, Counts(True))))
        *values, undated = disclosed.of_total(grant, both, known)
    measure = query.measure
    points = _points(reading, query, found.steps, values, kind, last)
    points = _with_reporting(reading, within, points, found.steps, code)
    earlier = None if reading.yearly else read.before(reading, query, found.steps, code, kind)
    if earlier is not None:
        points = _with_before(grant, query, points, earlier)
    if query.group:
        points = _with_parts(reading, query, within, points, found.steps, values, code)
    expected = _expected(reading, query, kind, within, code, last)
    return Curve(
        query,
        within,
        kind,
        tuple(points if expected is None else _with_expected(query, points, expected)),
        number_of(known, measure, query.what),
        None if undated is None else number_of(undated, measure, query.what),
        earlier.known_on if earlier else None,
        parts_of(query),
        reading.reports_of.get(code, 0) if code else sum(reading.reports_of.values()),
        known_from=known_from,
        expected=expected,
    )


def _expected(
    reading: Reading, query: CurveQuery, kind: PeriodKind, within: Period, code: str | None, last: date | None
) -> Expected | None:
    """What is expected of the last weeks; None where the curve does not reach them."""
    if kind != "week" or query.by == REPORT or last is None or DISEASES[query.disease].sensitive:
        return None
    if within.end < last - _LAST_WEEKS:
        return None
    found = nowcasts.expected(reading, code, by=query.by, cases=query.what == CASES, last=last)
    held = disclosed.all_or_none(reading.grant, found)
    return None if held is None else held[""]


def _with_expected(query: CurveQuery, points: list[CurvePoint], expected: Expected) -> list[CurvePoint]:
    """Whole weeks with what is expected of them; what aggregate reports add is added to it."""
    found = []
    for point in points:
        week, count = expected.of(point.begins), point.shown(query.what).count
        if week is None or count is None or point.running or not point.whole:
            found.append(point)
            continue
        found.append(replace(point, expected=week.with_more(count - week.reported)))
    return found


def _issued(database: Database, grant: Grant, query: CurveQuery, today: date) -> Curve:
    """The curve of a release: by the visit, in months, quarters or years, and not divided."""
    asked = replace(query.coverage, measure="positivity", compare=None)
    if (reason := rules.reason_hidden(grant, asked)) or query.by != VISIT or query.group:
        return Curve(query, None, query.step, hidden=reason or rules.NOT_BY_DAY)
    with reading_of(database, grant, asked, today) as reading:
        if reading.out_of_reach:
            return Curve(query, None, query.step, hidden=reading.reason, release=reading.release)
        known = [row.area.code for row in table_of(reading).rows]
        code = query.area or None
        if code is not None and code not in known:
            raise UsageError("area: there is no area '{given}' here", "area", given=code[:40])
        records, reader = reading.of_records(), reading.grant
        cases = reading.own_steps(query.step, code)
        patients = records.own_steps(
            cases.kind, code
        )  # issued of shorter periods, too: those are not asked for
        told = zip(patients.starts, disclosed.apart(reader, patients.counts), strict=True)
        people = dict(told) if patients.kind == cases.kind else {}
        points = []
        for start, days, value in zip(
            cases.starts, cases.spans, disclosed.apart(reader, cases.counts), strict=True
        ):
            label, patients_of = period_label(start, cases.kind), people.get(start, disclosed.FEW)
            points.append(
                CurvePoint(label, start, days[0], days[1], counted_in(value), counted_in(patients_of))
            )
        total = (reading if query.what == CASES else records).total(code)
        return Curve(
            query,
            reading.period,
            cases.kind,
            tuple(points),
            counted_in(disclosed.one(reader, total)),
            release=reading.release,
        )


def _total(reading: Reading, within: Period, code: str | None) -> Undisclosed[Counts]:
    """All of a part of the period."""
    part = reading.of(replace(reading.query, start=within.start, end=within.end))
    return part.total(code)


def _points(
    reading: Reading,
    query: CurveQuery,
    steps: Sequence[Step],
    values: Sequence[Estimate],
    kind: PeriodKind,
    last: date | None,
) -> list[CurvePoint]:
    found = []
    for step, value in zip(steps, values, strict=True):
        ends = period_last_day(step.begins, kind)
        running = last is not None and ends > last
        whole = (step.first, step.last) == (step.begins, ends) or (running and step.first == step.begins)
        cases, patients = (number_of(value, query.measure, what) for what in (CASES, PATIENTS))
        label = period_label(step.begins, kind)
        found.append(CurvePoint(label, *step, cases, patients, whole, running))
    return found


def _with_reporting(
    reading: Reading, within: Period, points: list[CurvePoint], steps: Sequence[Step], code: str | None
) -> list[CurvePoint]:
    reported = read.reporting(reading, within, steps, code)
    fewer = incomplete([len(names) for names in reported])
    place = code if reading.query.dimension in ("care", "facility") else None
    due = [reading.reports_at(place, Period(step.first, step.last)) for step in steps]
    return [
        replace(
            point,
            reporting=len(names),
            reporters=names,
            reports=came,
            incomplete=few and not point.running,
        )
        for point, names, few, came in zip(points, reported, fewer, due, strict=True)
    ]


def _with_before(
    grant: Grant, query: CurveQuery, points: list[CurvePoint], earlier: read.Before
) -> list[CurvePoint]:
    total = disclosed.one(grant, earlier.counts.map(lambda held: sum(held, Counts(False))))
    values = disclosed.of_total(grant, earlier.counts, total)
    return [
        point
        if at < earlier.missing
        else replace(
            point,
            before=number_of(value, query.measure, query.what),
            reporting_before=len(then),
            reporting_both=len(point.reporters & then),
        )
        for at, (point, value, then) in enumerate(zip(points, values, earlier.reporting, strict=True))
    ]


def _with_parts(
    reading: Reading,
    query: CurveQuery,
    within: Period,
    points: list[CurvePoint],
    steps: Sequence[Step],
    values: Sequence[Estimate],
    code: str | None,
) -> list[CurvePoint]:
    """Parts of each step. They add up to the step, and those of one value to its sum over the steps: what is
    hidden in either is hidden."""
    grant, codes = reading.grant, parts_of(query)
    counts = read.parts(reading, query, within, steps, code, codes)
    down = {}
    for value in codes:
        column = counts.map(lambda held, value=value: held[value])  # type: ignore[misc]
        whole = disclosed.one(grant, column.map(lambda held: sum(held, Counts(True))))
        down[value] = disclosed.of_total(grant, column, whole)
    found = []
    for at, (point, known) in enumerate(zip(points, values, strict=True)):
        row = counts.map(lambda held, at=at: [held[value][at] for value in codes])  # type: ignore[misc]
        across = disclosed.of_total(grant, row, known)
        shown = [
            number_of(down[value][at] if down[value][at].few else one, query.measure, query.what)
            for value, one in zip(codes, across, strict=True)
        ]
        found.append(replace(point, parts=tuple(shown)))
    return found
