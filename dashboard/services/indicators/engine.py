"""The engine of indicators: what is asked is answered, or refused in words.

It asks the cubes of the cascade where they count the same (so that map, table and indicator agree, with
aggregate reports and cohorts), its own sums otherwise, and who has reported for the two of reporting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import view, within
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import AreaValue, CoverageTable
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.indicators import Limits, made
from dashboard.services.indicators import foci, households, read
from dashboard.services.indicators import reports as who_reported
from dashboard.services.indicators.divisors import divisors
from dashboard.services.indicators.model import COUNTRY, Divisor, IndicatorRow, IndicatorTable
from dashboard.services.kept import Kept
from dashboard.services.places import areas
from dashboard.services.places.areas import UNKNOWN_AREA, Area
from db.core.engine import Database
from db.indicators.model import IndicatorSums
from surveillance.coverage.estimates import Estimate
from surveillance.errors import NotPermittedError, UsageError
from surveillance.indicators.model import BY, Indicator, OfFoci, OfHouseholds, OfMeasure, OfRecords
from surveillance.indicators.table import INDICATORS
from surveillance.indicators.values import HIDDEN, Value, of_proportion, wilson_limits
from surveillance.status import SHOWN, Status
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

NOT_ISSUED = N_("Of this indicator nothing is issued: your account is shown issued figures alone.")
ONE_YEAR = N_("{name} is divided by the people of one year: choose days of one calendar year")
USED_YEAR = N_("Without days it is the last calendar year with records: {year}.")
SEALED = N_(
    "Records before {day} were reduced to sums before this indicator was counted: it is unknown there."
)
NO_GROUPS = N_("{name} is not kept by groups of people")
MISMATCHED = N_(
    "Cases are counted by their home province, whose people they are divided by. Cases whose home is not "
    "known stand under unknown."
)
NO_PEOPLE = N_("No figure of that year or before says how many they are in {areas} areas: unknown there.")
Note = tuple[str, dict[str, object]]
_KEPT: Kept[IndicatorTable] = Kept(64)


def indicator_of(given: str) -> Indicator:
    """An indicator by its id.

    Raises
    ------
    UsageError
        There is none.
    """
    if given not in INDICATORS:
        raise UsageError(
            "id: '{given}' is no indicator; `indicators --list` names them all", "id", given=given[:60]
        )
    return INDICATORS[given]


def indicator_table(
    database: Database,
    grant: Grant,
    indicator_id: str,
    *,
    by: str,
    first: date | None = None,
    last: date | None = None,
    filters: Mapping[str, tuple[str, ...]] | None = None,
    as_of: date | None = None,
    today: date | None = None,
    reports: bool = True,
) -> IndicatorTable:
    """An indicator of every area.

    Parameters
    ----------
    indicator_id : str
        An id of `surveillance.indicators.table.INDICATORS`.
    by : str
        One of `surveillance.indicators.model.BY`.
    first, last : date, optional
        First and last day, widened to whole cells; all there is, where both are absent (of a rate the last
        calendar year).
    filters : mapping, optional
        Axis -> codes to keep, where the indicator is counted by the cascade of care.
    as_of : date, optional
        As it was shown at the end of that day.
    reports : bool
        Whether it is asked how many reports came; of what is only compared it need not be.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage, or not this programme or kind of place.
    UsageError
        There is no such indicator, or it cannot be known by that: says why.
    """
    grant.check(Permission.SEE_COVERAGE)
    indicator = indicator_of(indicator_id)
    if by not in BY:
        raise UsageError("by: use one of {offered}", "by", offered=", ".join(BY))
    if reason := indicator.refusal(by):
        raise UsageError(reason, "by")
    if first is not None and last is not None and first > last:
        raise UsageError("from: lies after to", "from")
    if filters and not isinstance(indicator.counted, OfMeasure):
        raise UsageError(NO_GROUPS, "filters", name=indicator.id)
    for disease in indicator.diseases[:1] if len(indicator.diseases) == 1 else ():
        grant.scope.check(disease)
    day = today or today_in_cambodia()
    if isinstance(indicator.counted, OfHouseholds):  # not of the records, whose state an answer is kept by
        return households.table(database, grant, indicator, by, first, last, day)
    asked = (indicator_id, by, first, last, tuple(sorted((filters or {}).items())), as_of, day, reports)
    return _KEPT.get(
        database,
        grant,
        asked,
        lambda: _answered(
            database, grant, indicator, by, first, last, filters or {}, as_of, day, reports=reports
        ),
    )


def _answered(
    database: Database,
    grant: Grant,
    indicator: Indicator,
    by: str,
    first: date | None,
    last: date | None,
    filters: Mapping[str, tuple[str, ...]],
    as_of: date | None,
    day: date,
    *,
    reports: bool,
) -> IndicatorTable:
    if isinstance(indicator.counted, OfMeasure):
        return _of_measure(database, grant, indicator, by, first, last, filters, as_of, day)
    if isinstance(indicator.counted, OfRecords):
        return _of_records(database, grant, indicator, by, first, last, as_of, day, reports=reports)
    if isinstance(indicator.counted, OfFoci):
        return foci.table(database, grant, indicator, by, last, day)
    return who_reported.table(database, grant, indicator, by, first, last, day)


def question(
    indicator: Indicator,
    grant: Grant,
    by: str,
    first: date | None,
    last: date | None,
    as_of: date | None,
    measure: str = "testing",
    filters: Mapping[str, tuple[str, ...]] | None = None,
) -> CoverageQuery:
    """The question of coverage whose areas, period and reports are those of the indicator."""
    disease = next((code for code in indicator.diseases if grant.scope.covers(code)), None)
    if disease is None:
        raise NotPermittedError("your account is for other programmes than that of this disease")
    kind = "province" if by == "country" else by
    place = "home" if indicator.home else "care"
    return CoverageQuery(
        disease=disease,
        by=kind,
        place=place if kind == "province" else "care",
        measure=measure,
        start=first,
        end=last,
        as_of=as_of,
        groups=filters or {},
    )


# --- counted by the cascade of care ----------------------------------------------------------------


def _of_measure(
    database: Database,
    grant: Grant,
    indicator: Indicator,
    by: str,
    first: date | None,
    last: date | None,
    filters: Mapping[str, tuple[str, ...]],
    as_of: date | None,
    today: date,
) -> IndicatorTable:
    counted = indicator.counted
    assert isinstance(counted, OfMeasure)  # noqa: S101 - as the caller has looked
    query = question(indicator, grant, by, first, last, as_of, counted.measure, filters)
    found = view.table(database, grant, query, today)
    rows = tuple(
        IndicatorRow(
            row.area,
            value_of(indicator, row.value, row),
            reports=row.value.reports,
            issued=row.value.issued,
        )
        for row in found.rows
    )
    total = IndicatorRow(COUNTRY, value_of(indicator, found.total, found), reports=found.total.reports)
    reason = found.reason or rules.reason_hidden(grant, query)
    notes: tuple[Note, ...] = ((reason, {}),) if reason else ()
    shown = (total,) if by == "country" else rows
    return IndicatorTable(indicator, by, found.period, shown, total, notes, found.release)


def value_of(indicator: Indicator, value: Estimate, row: AreaValue | CoverageTable | None) -> Value:
    """The value of an indicator from that of a measure; `row`: with the outcomes of its cohort."""
    if value.status is Status.HIDDEN:
        return HIDDEN
    counted = indicator.counted
    assert isinstance(counted, OfMeasure)  # noqa: S101 - as the caller has looked
    numerator, denominator = value.numerator or 0, value.denominator or 0
    if counted.part == "complement":
        numerator = denominator - numerator
    if counted.part == "lost" and value.status in SHOWN:
        if row is None or row.outcomes is None:
            return HIDDEN
        numerator = row.outcomes.sums.lost
    status = value.status
    if status in SHOWN:
        status = Status.VALUE if numerator else Status.ZERO
    if counted.part == "numerator" and status in SHOWN and value.coverage is not None:
        by = indicator.multiplier
        low, high = value.lower, value.upper
        return Value(
            status,
            numerator,
            denominator,
            value.unknown,
            value.coverage * by,
            None if low is None else low * by,
            None if high is None else high * by,
        )
    return of_proportion(indicator, status, numerator, denominator, value.unknown or 0)


# --- counted record by record ----------------------------------------------------------------------


def _of_records(
    database: Database,
    grant: Grant,
    indicator: Indicator,
    by: str,
    first: date | None,
    last: date | None,
    as_of: date | None,
    today: date,
    *,
    reports: bool,
) -> IndicatorTable:
    query = question(indicator, grant, by, first, last, as_of)
    if rules.out_of_reach(grant, query):
        return _hidden(indicator, by, [UNKNOWN_AREA], rules.reason_hidden(grant, query))
    if not rules.entitled(grant):
        with database.reading() as connection:
            listed = _areas_of(Reading(connection, grant, query, today), by, frozenset())
        return _hidden(indicator, by, listed, NOT_ISSUED)
    if indicator.home and not grant.scope.national:
        raise NotPermittedError(rules.OUTSIDE_SCOPE)
    if by == "crossing" and not grant.scope.national:
        raise NotPermittedError(rules.OUTSIDE_SCOPE)
    with read.reading_of_indicators(database, grant, query, today) as reading:
        return _counted(database, reading, indicator, by, reports=reports)


def _counted(
    database: Database, reading: Reading, indicator: Indicator, by: str, *, reports: bool
) -> IndicatorTable:
    grant, query, notes = reading.grant, reading.query, list[Note]()
    period = reading.period
    if period is not None and indicator.of:
        period = _one_year(indicator, query, period, notes)
    if period is None:
        listed = _areas_of(reading, by, frozenset())
        rows = [IndicatorRow(area, Value(Status.NOT_REPORTED)) for area in listed]
        return IndicatorTable(indicator, by, None, tuple(rows), _nothing())
    reading.period = period
    reading.cube = reading.cube_of(period)
    asked = read.Asked(indicator, by, period, reading.today)
    held = disclosed.all_or_none(grant, read.sums(reading, asked))
    listed = _areas_of(reading, by, frozenset(held or ()))
    if held is None:
        return _hidden(indicator, by, listed, NOT_ISSUED)
    since = read.known_from(reading.connection, asked)
    if since is not None:
        notes.append((SEALED, {"day": since}))
    divided: dict[str, Divisor] = {}
    said: list[str] = []
    if indicator.of:
        divided, said = divisors(database, grant, indicator, by, period.end.year)
        notes.append((MISMATCHED, {}))
    notes += [(sentence, {}) for sentence in said]

    def row(area: Area, sums: IndicatorSums, *, reported: bool) -> IndicatorRow:
        divisor = divided.get(area.code)
        came = reading.reports_at(None if area is COUNTRY else area.code) if reports else None
        if since is not None:
            return IndicatorRow(area, Value(Status.UNKNOWN), divisor, came)
        value = made(indicator, sums, divisor, reported=reported, limits=limits)
        return IndicatorRow(area, value, divisor, came)

    whole = sum(held.values(), IndicatorSums())
    limits = limits_of(indicator, (*held.values(), whole))
    total = row(COUNTRY, whole, reported=whole.any or reading.reported(None))
    if by == "country":
        _note_missing(indicator, [total], notes)
        return IndicatorTable(indicator, by, period, (total,), total, tuple(notes))
    rows = []
    for area in listed:
        sums = held.get(area.code, IndicatorSums())
        rows.append(
            row(area, sums, reported=sums.any or reading.reported(area.code))
        )  # who sent is asked where nothing is
    if indicator.of:
        known = divisors(database, grant, indicator, "country", period.end.year)[0]
        anybody = whole.any or reading.reported(None)
        value = made(indicator, whole, known.get(COUNTRY.code), reported=anybody)
        shown = Value(Status.UNKNOWN) if since else value
        came = reading.reports_at(None) if reports else None
        total = IndicatorRow(COUNTRY, shown, known.get(COUNTRY.code), came)
    _note_missing(indicator, rows, notes)
    return IndicatorTable(indicator, by, period, tuple(rows), total, tuple(notes))


def _note_missing(indicator: Indicator, rows: Sequence[IndicatorRow], notes: list[Note]) -> None:
    """Say of how many areas nobody knows the people that cases are divided by."""
    missing = sum(row.divisor is None and row.area.code != UNKNOWN for row in rows)
    if indicator.of and missing:
        notes.append((NO_PEOPLE, {"areas": missing}))


def limits_of(indicator: Indicator, every: Iterable[IndicatorSums]) -> Limits:
    """Intervals of all proportions of a table at once."""
    if indicator.of or not indicator.denominator:
        return {}
    return wilson_limits((one.numerator, one.denominator) for one in every)


def _one_year(indicator: Indicator, query: CoverageQuery, period: Period, notes: list[Note]) -> Period:
    """The period of a rate: days of one calendar year, whose people it is divided by."""
    if period.start.year == period.end.year:
        return period
    if query.start is not None or query.end is not None:
        raise UsageError(ONE_YEAR, "to", name=indicator.id)
    notes.append((USED_YEAR, {"year": period.end.year}))
    return replace(period, start=date(period.end.year, 1, 1))


# --- areas -----------------------------------------------------------------------------------------


def _areas_of(reading: Reading, by: str, seen: frozenset[str]) -> list[Area]:
    """The areas of a table, as far as the account is told of them; unknown last."""
    if by == "country":
        return [COUNTRY]
    if by == "district":
        found = areas.districts(reading.district_names)
    elif by == "facility":
        found = areas.facilities(reading.facilities)
    elif by == "crossing":
        found = areas.crossings()
    else:
        found = areas.provinces(seen)
    return within.own_areas(reading.grant, reading.query, found, seen)


def _nothing() -> IndicatorRow:
    return IndicatorRow(COUNTRY, Value(Status.NOT_REPORTED))


def _hidden(indicator: Indicator, by: str, listed: Sequence[Area], reason: str | None) -> IndicatorTable:
    rows = tuple(IndicatorRow(area, HIDDEN) for area in listed)
    notes: tuple[Note, ...] = ((reason, {}),) if reason else ()
    return IndicatorTable(indicator, by, None, rows, IndicatorRow(COUNTRY, HIDDEN), notes)
