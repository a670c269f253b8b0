"""Undisclosed findings: what the detectors say of the counts of a scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from dashboard.services.disclosure.undisclosed import Undisclosed
from db.core.engine import Connection
from db.core.scope import Scope
from db.data_quality import counts
from db.data_quality.counts import Place, Tally
from db.operations.data_quality import Key
from surveillance.data_quality import fields, levels, preference
from surveillance.data_quality.blanks import too_often
from surveillance.epiweek import period_last_day
from surveillance.windows import add_months

#: Key, records, found, value.
Raw = tuple[Key, int, int, float | None]


def findings(
    connection: Connection, scope: Scope, first: date, last: date, data_end: date
) -> Undisclosed[list[Raw]]:
    """Findings of whole months, from the first day of one to the last day of another.

    `data_end`: last day of the data; a month that it cuts is not compared with those before.
    """
    found = [*_tallied(connection, scope, first, last), *_levels(connection, scope, first, last, data_end)]
    for name, people in counts.ages(connection, scope, first, last).items():
        found += _digits(name, people)
    return Undisclosed(sorted(found, key=_order))


def _order(one: Raw) -> tuple[int, str, str, str]:
    key = one[0]
    return list(fields.KINDS).index(key.kind), key.facility, key.month, key.field


def _tallied(connection: Connection, scope: Scope, first: date, last: date) -> Iterator[Raw]:
    twice = counts.held_twice(connection, scope, first, last)
    tallies = counts.tallies(connection, scope, first, last)
    yield from _blank_in_all(tallies)
    for place, tally in tallies.items():
        month = place.month.isoformat()
        for name, wrong in tally.pairs.items():
            if wrong:
                yield Key(fields.PAIR, name, month, place.facility), tally.records, wrong, None
        for name, blank in tally.blank.items():
            if too_often(blank, tally.records):
                share = blank / tally.records
                yield Key(fields.BLANK, name, month, place.facility), tally.records, blank, share
        if more := twice.get(place):
            yield Key(fields.TWICE, "", month, place.facility), tally.records, more, None


def _blank_in_all(tallies: Mapping[Place, Tally]) -> Iterator[Raw]:
    """Fields that are blank too often in all months together, and in none of them surely."""
    of_facility: dict[str, list[Tally]] = {}
    for place, tally in tallies.items():
        of_facility.setdefault(place.facility, []).append(tally)
    for facility, held in of_facility.items():
        records = sum(one.records for one in held)
        for name in fields.BLANKS:
            blank = sum(one.blank[name] for one in held)
            alone = any(too_often(one.blank[name], one.records) for one in held)
            if not alone and too_often(blank, records):
                yield Key(fields.BLANK, name, "", facility), records, blank, blank / records


def _levels(connection: Connection, scope: Scope, first: date, last: date, data_end: date) -> Iterator[Raw]:
    """Months that are far from those before, of the days that are asked for."""
    begins, ends = add_months(first, -levels.BEFORE), add_months(last.replace(day=1), levels.MONTHS - 1)
    months: list[date] = []
    while not months or months[-1] < ends:
        months.append(add_months(begins, len(months)))
    months = [month for month in months if period_last_day(month, "month") <= data_end]
    of_facility: dict[str, dict[date, int]] = {}
    for place, records in counts.monthly(connection, scope, begins, period_last_day(ends, "month")).items():
        of_facility.setdefault(place.facility, {})[place.month] = records
    for name, held in of_facility.items():
        yield from _of_facility(name, _since_it_began(months, held), held, (first, last))


def _since_it_began(months: list[date], held: Mapping[date, int]) -> list[date]:
    """Months from the first one with a record on: before it a facility need not have been there."""
    return [month for month in months if month >= min(held)]


def _of_facility(
    name: str, months: list[date], held: Mapping[date, int], asked: tuple[date, date]
) -> Iterator[Raw]:
    first, last = asked
    series = [held.get(month, 0) for month in months]
    for at in levels.outliers(series):
        if first <= months[at] <= last:
            score = levels.modified_z(series[at], series[max(0, at - levels.BEFORE) : at])
            yield Key(fields.OUTLIER, "", months[at].isoformat(), name), series[at], series[at], score
    for change in levels.sudden_changes(series):
        if first <= months[change.at] <= last:
            key = Key(fields.CHANGE, "", months[change.at].isoformat(), name)
            yield key, series[change.at], change.after, float(change.before)


def _digits(name: str, people: Mapping[int, int]) -> Iterator[Raw]:
    first, last = preference.WHIPPLE_AGES
    of_ages = sum(count for age, count in people.items() if first <= age <= last)
    index = preference.whipple(people)
    if index is not None and of_ages >= preference.FEWEST and index >= preference.ROUGH:
        rounded = sum(count for age, count in people.items() if first <= age <= last and age % 5 == 0)
        yield Key(fields.DIGITS, "age_years", "", name), of_ages, rounded, index
