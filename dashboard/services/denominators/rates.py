"""Rates by province or operational district: crude, standardised, smoothed, and what they are divided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import view
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.denominators.areas import OD
from dashboard.services.denominators.rate_question import (
    BYM2,
    CARE,
    COUNTRY,
    DISTRICT,
    EB,
    PATIENTS,
    PROVINCE,
    RatesQuery,
)
from dashboard.services.denominators.read import denominators
from dashboard.services.disclosure import rules
from dashboard.services.kept import Kept
from dashboard.services.places.areas import Area
from db.core.engine import Database
from geodata.adjacency import neighbours
from geodata.countries import COUNTRIES
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.denominators import figures, kinds
from surveillance.denominators.figures import PersonTime
from surveillance.denominators.kinds import Denominator
from surveillance.denominators.standards import STANDARDS
from surveillance.errors import StatisticsError
from surveillance.rates.bayes import empirical_bayes
from surveillance.rates.bym2 import bym2
from surveillance.rates.crude import crude_rate
from surveillance.rates.funnel import funnel
from surveillance.rates.standardised import directly_standardised, indirectly_standardised
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import AGE_BANDS

COLUMNS = (
    "code", "name", "events", "person_years", "rate", "lower", "upper", "status", "reason",
    "standardised", "standardised_lower", "standardised_upper", "standardised_status", "standardised_reason",
    "smoothed", "smoothed_lower", "smoothed_upper", "above", "beyond", "without_sex_or_age", "unknown",
    "denominator", "denominator_year", "denominator_source", "denominator_grade", "standardised_year",
    "expected", "ratio", "ratio_lower", "ratio_upper", "ratio_reason",
)  # fmt: skip
HIDDEN = N_("hidden: too few people, or outside what this account may see")
_NOT_COUNTED = {
    Status.NOT_REPORTED: N_("no facility sent a report"),
    Status.UNKNOWN: N_("people were seen, and nothing is recorded of what is asked"),
    Status.NOT_YET_DUE: N_("the time after which it is judged has not passed"),
    Status.HIDDEN: HIDDEN,
}
#: Told beneath the table.
OF_RESIDENTS = N_(
    "A census counts residents. Cases among people on the move are counted here, too: a rate is no risk of "
    "residents."
)
ELSEWHERE = N_(
    "Cases are counted where care was given, and people where they live: the two are not the same people."
)
PROJECTED = N_(
    "Years between two figures have that of steady growth between them; their grade says projection."
)
OF_DISTRICTS = N_(
    "The people of an operational district are those of a figure that was imported for it. Where none was, "
    "the rate is unknown; a province's people are never divided among its districts."
)
FEW_AREAS = N_("Rates are not smoothed: {why}.")
NO_STANDARD = N_(
    "The population of some area by sex and age is unknown, so that there is no standard of the country."
)
NO_REFERENCE = N_(
    "The population of no area is known by sex and age, so that nobody can say what to expect of it."
)
MIXING = N_(
    "Of the spread of rates {share} follows the map ({lower} to {upper}); the rest differs from province to "
    "province."
)
ONE_BY_ONE = N_("standardised rates are of single provinces")
_KEPT: Kept[RateTable] = Kept(32)
#: Kind of area -> level of its population figures.
_LEVELS = {PROVINCE: "province", DISTRICT: "operational_district"}
_SEXES = ("female", "male")
_AGES = tuple(code for code, _, _ in AGE_BANDS)
_Stratum = tuple[str | None, str]
#: Figures by area, sex and age.
_Held = dict[tuple[str, str | None, str | None], list[Denominator]]


@dataclass(frozen=True)
class Row:
    """One area. What is None is not known or not shown: its status says which."""

    area: Area
    events: int | None
    people: PersonTime | None
    status: Status
    reason: str
    rate: tuple[float, float, float] | None = None
    standardised: tuple[float, float, float] | None = None
    standardised_status: Status = Status.UNKNOWN
    standardised_reason: str = ""
    #: Years of the figures by sex and age.
    standardised_years: tuple[int, ...] = ()
    smoothed: tuple[float, float, float] | None = None
    #: Probability that the rate lies above the threshold.
    above: float | None = None
    #: Pairs of limits of the funnel that it lies outside, negative below.
    beyond: int | None = None
    #: Events of unknown sex or age, which no standardised rate holds.
    outside: int | None = None
    #: Records of which it is not known whether they are events.
    unknown: int | None = None
    #: Indirectly standardised: events that the rates of all areas together would give its people, and those
    #: that there were beside them; of events of known sex and age alone.
    expected: float | None = None
    ratio: tuple[float, float, float] | None = None
    ratio_reason: str = ""


@dataclass(frozen=True)
class RateTable:
    """Rates of every province, and of the country."""

    query: RatesQuery
    first: date | None
    last: date | None
    rows: list[Row] = field(default_factory=list)
    #: Sentences about all of it, with what is put into them.
    notes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    #: Why there is no row, where the account is not shown any; blank where there is no record.
    reason: str = ""

    def records(self, language: str = "en") -> list[dict[str, Any]]:
        """The table as rows of `COLUMNS`."""
        return [_record(row, self.query, language) for row in self.rows]


def rates(database: Database, grant: Grant, query: RatesQuery, today: date) -> RateTable:
    """Rates of every area; those of whom counts are hidden from the account are hidden, too.

    The people of a district are an imported figure of its own, and never a part of its province's.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    return _KEPT.get(database, grant, (query, today), lambda: _rates(database, grant, query, today))


def _rates(database: Database, grant: Grant, query: RatesQuery, today: date) -> RateTable:
    strata = _strata(query)
    groups = ({}, *map(_groups, strata))
    whole, *by_stratum = view.counts(database, grant, [query.coverage(**one) for one in groups], today)
    notes: list[tuple[str, Mapping[str, Any]]] = [(OF_RESIDENTS, {})]
    if query.place == CARE:
        notes.append((ELSEWHERE, {}))
    if query.project:
        notes.append((PROJECTED, {}))
    if query.by == DISTRICT:
        notes.append((OF_DISTRICTS, {}))
    if whole.period is None:
        reason = whole.reason or rules.reason_hidden(grant, query.coverage()) or ""
        return RateTable(query, None, None, [], notes, reason)
    first, last = whole.period.start, whole.period.end
    held = _by_group(denominators(database, grant, query.divisor, level=_LEVELS[query.by]))
    parts = dict(zip(strata, by_stratum, strict=True))
    own = [row for row in whole.rows if _has_people(query, row.area)]
    people = [
        _person_time(held, figure_of(query, row.area.code), None, None, first, last, project=query.project)
        for row in own
    ]
    rows = [_crude(row.area, row.value, one, query) for row, one in zip(own, people, strict=True)]
    rows = _standardise(rows, query, strata, parts, held, (first, last))
    rows, said = _smooth(rows, query)
    rows = _funnel(rows, query)
    others = [row for row in whole.rows if not _has_people(query, row.area)]
    rows += [
        _crude(row.area, row.value, None, query) for row in others if row.value.numerator or row.value.unknown
    ]
    country = _country(database, grant, rows[: len(own)], query, first, last)
    return RateTable(query, first, last, [*rows, country], notes + said)


def _has_people(query: RatesQuery, area: Area) -> bool:
    """Whether an area is one that has a population: not a country that records name, nor unknown."""
    return area.kind == DISTRICT if query.by == DISTRICT else area.code in PROVINCES


def figure_of(query: RatesQuery, code: str) -> str:
    """The code under which the population of an area is held."""
    return f"{OD}{code}" if query.by == DISTRICT else code


def _events(value: Estimate, query: RatesQuery) -> int | None:
    """Events of a value; None where they are not known or not shown."""
    if value.status in _NOT_COUNTED:
        return None
    if query.what == PATIENTS:
        return None if value.unknown is None else (value.denominator or 0) + value.unknown
    return value.numerator or 0


def _crude(area: Area, value: Estimate, people: PersonTime | None, query: RatesQuery) -> Row:
    events = _events(value, query)
    unknown = value.unknown if query.what != PATIENTS else 0
    if events is None:
        status = value.status if value.status in _NOT_COUNTED else Status.HIDDEN
        return Row(area, None, people, status, _NOT_COUNTED[status], unknown=unknown)
    found = crude_rate(events, _people([people])[0], query.per)
    rate = _triple(found.value[0], found.lower[0], found.upper[0])
    return Row(area, events, people, found.status[0], found.reason[0], rate, unknown=unknown)


def _triple(*sides: float) -> tuple[float, float, float] | None:
    value, lower, upper = map(float, sides)
    return None if np.isnan(value) else (value, lower, upper)


def _by_group(held: Sequence[Denominator]) -> _Held:
    """Figures by area, sex and age."""
    found: _Held = {}
    for one in held:
        found.setdefault((one.area, one.sex, one.age), []).append(one)
    return found


def _person_time(
    held: _Held,
    area: str,
    sex: str | None,
    age: str | None,
    first: date,
    last: date,
    *,
    project: bool,
) -> PersonTime | None:
    own = held.get((area, sex, age))
    return figures.person_time(own, first, last, project=project) if own else None


def _strata(query: RatesQuery) -> list[_Stratum]:
    """Sexes and ages that are weighted: a standard of the world knows ages alone."""
    sexes: tuple[str | None, ...] = _SEXES if query.standard == COUNTRY else (None,)
    return [(sex, age) for sex in sexes for age in _AGES]


def _people(parts: Sequence[PersonTime | None]) -> NDArray[np.float64]:
    """Person-years; NaN where they are unknown."""
    return np.array([np.nan if one is None else one.value for one in parts], dtype=float)


def _groups(stratum: _Stratum) -> dict[str, tuple[str, ...]]:
    sex, age = stratum
    ages: dict[str, tuple[str, ...]] = {"age": (age,)}
    return ages if sex is None else ages | {"sex": (sex,)}


def _standardise(
    rows: list[Row],
    query: RatesQuery,
    strata: list[_Stratum],
    parts: Mapping[_Stratum, CoverageTable],
    held: _Held,
    days: tuple[date, date],
) -> list[Row]:
    """Add the standardised rate of each area."""
    by_stratum = {
        stratum: {row.area.code: row.value for row in table.rows} for stratum, table in parts.items()
    }
    people = {
        (row.area.code, stratum): _person_time(
            held, figure_of(query, row.area.code), *stratum, *days, project=query.project
        )
        for row in rows
        for stratum in strata
    }
    weights = _weights(query, rows, strata, people)
    direct = [
        _standardised(
            row,
            query,
            [by_stratum[stratum].get(row.area.code) for stratum in strata],
            [people[row.area.code, stratum] for stratum in strata],
            weights,
        )
        for row in rows
    ]
    events = np.array(
        [
            [
                np.nan if row.events is None or (one := _known(by_stratum[stratum], row)) is None
                else _events(one, query) or 0
                for stratum in strata
            ]
            for row in rows
        ],
        dtype=float,
    ).reshape(len(rows), len(strata))  # fmt: skip
    counted = np.array([_people([people[row.area.code, stratum] for stratum in strata]) for row in rows])
    return _beside_expected(direct, events, counted.reshape(events.shape), query)


def _known(values: Mapping[str, Estimate], row: Row) -> Estimate | None:
    """The value of an area in a stratum; None where it is not shown."""
    found = values.get(row.area.code)
    return None if found is None or found.status is Status.HIDDEN else found


def _beside_expected(
    rows: list[Row], events: NDArray[np.float64], people: NDArray[np.float64], query: RatesQuery
) -> list[Row]:
    """Add events beside those that the rates of all areas together would give (indirect standardisation).

    All areas are those whose events and people are known in every stratum.
    """
    whole = np.isfinite(events).all(axis=1) & np.isfinite(people).all(axis=1)
    if not whole.any():
        return [
            replace(row, ratio_reason=HIDDEN if row.status is Status.HIDDEN else NO_REFERENCE) for row in rows
        ]
    there = people[whole].sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        reference = np.where(there > 0, events[whole].sum(axis=0) / there, np.nan)
    found = indirectly_standardised(events.sum(axis=1), people, reference)
    return [
        replace(
            row,
            expected=None if np.isnan(found.expected[n]) else float(found.expected[n]),
            ratio=_triple(found.ratio[n], found.lower[n], found.upper[n]),
            ratio_reason=row.reason or found.reason[n],
        )
        for n, row in enumerate(rows)
    ]


def _weights(
    query: RatesQuery,
    rows: list[Row],
    strata: list[_Stratum],
    people: Mapping[tuple[str, _Stratum], PersonTime | None],
) -> list[float] | None:
    """Weight of each stratum; None where the country's own population by sex and age is not known."""
    if query.standard != COUNTRY:
        bands = STANDARDS[query.standard].bands
        return [bands[age] for _, age in strata]
    found = []
    for stratum in strata:
        parts = [people[row.area.code, stratum] for row in rows]
        if any(part is None for part in parts):
            return None
        found.append(sum(part.value for part in parts if part is not None))
    return found


def _standardised(
    row: Row,
    query: RatesQuery,
    values: Sequence[Estimate | None],
    people: Sequence[PersonTime | None],
    weights: list[float] | None,
) -> Row:
    if row.events is None:
        return replace(row, standardised_status=row.status, standardised_reason=row.reason)
    if any(value is None or value.status is Status.HIDDEN for value in values):
        return replace(row, standardised_status=Status.HIDDEN, standardised_reason=HIDDEN)
    # Of an area that reported, a group without a record has no event.
    events = [_events(value, query) or 0 for value in values if value is not None]
    outside = row.events - sum(events)
    if weights is None:
        return replace(row, standardised_reason=NO_STANDARD, outside=outside)
    found = directly_standardised([events], _people(people)[np.newaxis], weights, per=query.per)
    years = tuple(sorted({year for one in people if one is not None for year in one.years}))
    return replace(
        row,
        standardised=_triple(found.value[0], found.lower[0], found.upper[0]),
        standardised_status=found.status[0],
        standardised_reason=found.reason[0],
        standardised_years=years,
        outside=outside,
    )


def _smooth(rows: list[Row], query: RatesQuery) -> tuple[list[Row], list[tuple[str, Mapping[str, Any]]]]:
    """Add smoothed rates; and why there are none."""
    if query.smooth not in (EB, BYM2):
        return rows, []
    events = np.array([np.nan if row.events is None else row.events for row in rows], dtype=float)
    people = _people([row.people for row in rows])
    try:
        if query.smooth == EB:
            found: Any = empirical_bayes(events, people, query.per, threshold=query.threshold)
            notes: list[tuple[str, Mapping[str, Any]]] = []
        else:
            found = bym2(events, people, _pairs(rows), query.per, threshold=query.threshold)
            notes = [(MIXING, {"share": f"{found.mixing.mean:.0%}", "lower": f"{found.mixing.lower:.0%}",
                               "upper": f"{found.mixing.upper:.0%}"})]  # fmt: skip
    except StatisticsError as error:
        return rows, [(FEW_AREAS, {"why": str(error)})]
    made = found.rates
    return [
        replace(
            row,
            smoothed=_triple(made.value[n], made.lower[n], made.upper[n]),
            above=None if found.above is None or np.isnan(found.above[n]) else float(found.above[n]),
        )
        for n, row in enumerate(rows)
    ], notes


def _pairs(rows: list[Row]) -> list[tuple[int, int]]:
    at = {row.area.code: n for n, row in enumerate(rows)}
    return [
        (at[code], at[other])
        for code, others in neighbours().items()
        for other in others
        if at[code] < at[other]
    ]


def _funnel(rows: list[Row], query: RatesQuery) -> list[Row]:
    """Add how far each area lies outside what chance alone would do around all areas together."""
    events = np.array([np.nan if row.events is None else row.events for row in rows], dtype=float)
    people = _people([row.people for row in rows])
    try:
        found = funnel(events, people, kind="rate", per=query.per)
    except StatisticsError:
        return rows
    there = np.isfinite(found.value)
    return [replace(row, beyond=int(found.beyond[n]) if there[n] else None) for n, row in enumerate(rows)]


def _country(
    database: Database, grant: Grant, rows: list[Row], query: RatesQuery, first: date, last: date
) -> Row:
    """All provinces together, where each of them is known; the population as `denominators` has it."""
    code = kinds.COUNTRY
    area = Area(code, COUNTRIES[code].name_en, COUNTRIES[code].name_km)
    held = _by_group(denominators(database, grant, query.divisor, level="country"))
    people = _person_time(held, code, None, None, first, last, project=query.project)
    missing = next((row for row in rows if row.events is None), None)
    if missing is not None:
        return Row(area, None, people, missing.status, missing.reason)
    events = sum(row.events or 0 for row in rows)
    found = crude_rate(events, _people([people])[0], query.per)
    rate = _triple(found.value[0], found.lower[0], found.upper[0])
    unknown = sum(row.unknown or 0 for row in rows)
    return Row(
        area, events, people, found.status[0], found.reason[0], rate,
        standardised_reason=ONE_BY_ONE, unknown=unknown,
    )  # fmt: skip


def _record(row: Row, query: RatesQuery, language: str) -> dict[str, Any]:
    people = row.people
    rate, standard, smooth = (side or (None,) * 3 for side in (row.rate, row.standardised, row.smoothed))
    return {
        "code": row.area.code,
        "name": row.area.name(language),
        "events": row.events,
        "person_years": people and people.value,
        **dict(zip(("rate", "lower", "upper"), rate, strict=True)),
        "status": row.status.value,
        "reason": row.reason or None,
        **dict(zip(("standardised", "standardised_lower", "standardised_upper"), standard, strict=True)),
        "standardised_status": row.standardised_status.value,
        "standardised_reason": row.standardised_reason or None,
        **dict(zip(("smoothed", "smoothed_lower", "smoothed_upper"), smooth, strict=True)),
        "above": row.above,
        "beyond": row.beyond,
        "without_sex_or_age": row.outside,
        "unknown": row.unknown,
        "denominator": query.divisor,
        "denominator_year": _years(people.years) if people else None,
        "denominator_source": "; ".join(people.sources) if people else None,
        "denominator_grade": ", ".join(people.grades) if people else None,
        "standardised_year": _years(row.standardised_years),
        "expected": row.expected,
        **dict(zip(("ratio", "ratio_lower", "ratio_upper"), row.ratio or (None,) * 3, strict=True)),
        "ratio_reason": row.ratio_reason or None,
    }


def _years(years: Sequence[int]) -> str | None:
    return ", ".join(map(str, years)) or None
