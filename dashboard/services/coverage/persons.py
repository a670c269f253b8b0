"""What a question about persons reads: each person once in a year, by the first episode of that year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.cohorts import CohortReading
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.once import Once
from dashboard.services.places.remote_group import STAYS
from db.core.engine import Connection
from db.core.stays import Stays
from db.cubes.query import CoverageSums, CubeQuery
from db.persons import query as person_query
from db.persons.query import PersonSums
from surveillance.coverage.estimates import Counts
from surveillance.coverage.indicators import MEASURES
from surveillance.epiweek import PeriodKind, time_cell_number

_NOBODY = PersonSums(0, 0, 0, 0, 0)


def of_question(
    connection: Connection, grant: Grant, query: CoverageQuery, today: date, stays: Stays | None = None
) -> Reading:
    """The reading of a question: of episodes, of persons, or of those who started treatment.

    `stays`: of facilities in remote areas, where the question asks for them.
    """
    if query.persons:
        return PersonReading(connection, grant, query, today)
    kind = CohortReading if MEASURES[query.measure].by_start else Reading
    return kind(connection, grant, query, today, {STAYS: stays})


class PersonReading(Reading):
    """Persons of one calendar year.

    What an aggregate report adds to a line list is of persons unknown: it joins what is not known.
    """

    def _period(self, cube: CubeQuery) -> Period | None:
        """The calendar year that is asked for, or the last there is."""
        year = self.query.year
        if year is None and not self.out_of_reach:
            span = person_query.years(self.connection, self.grant.scope, cube.disease)
            year = span[1] if span else None
        return None if year is None else Period(date(year, 1, 1), date(year, 12, 31))

    @Once
    def _all_years(self) -> Period | None:
        span = person_query.years(self.connection, self.grant.scope, self.query.disease)
        return Period(date(span[0], 1, 1), date(span[1], 12, 31)) if span else None

    def of(self, query: CoverageQuery) -> Reading:
        """A reading of another question, for the same reader."""
        return of_question(self.connection, self.grant, query, self.today)

    def trend(self, used: Period, kind: PeriodKind) -> tuple[Period, PeriodKind]:
        """Years do not add up to persons, and weeks do not either: every year there is, beside each other."""
        return self._all_years or used, "year"

    def _by_place(self, period: Period) -> Mapping[str, Any]:
        """Counts of each place in the year."""
        found = person_query.by_place(self.connection, self.grant.scope, self.cube, period.start.year)
        if not self._reports:
            return found
        added = self._reports.by_place(period.first_cell, period.last_cell)
        return {**found, **{place: _with(found.get(place), sums) for place, (_, sums) in added.items()}}

    def _by_period(self, period: Period, code: str | None, kind: PeriodKind) -> Mapping[int, Any]:
        """Counts of each year, by its first cell."""
        years = person_query.by_year(self.connection, self.grant.scope, self.cube, code)
        return {
            time_cell_number(date(year, 1, 1)): sums
            for year, sums in years.items()
            if period.start.year <= year <= period.end.year
        }

    def _by_group(self, period: Period, code: str | None) -> Mapping[tuple[str, str], Any]:
        """Counts of each (axis, value); none under a filter: persons are known by one axis at a time."""
        if self.query.groups:
            return {}
        cube, year = self.cube, period.start.year
        return person_query.by_group(self.connection, self.grant.scope, cube, code, year)

    def _total(self, code: str | None) -> Counts:
        """Counts of one place or (`None`) of all together."""
        period = self.period
        if period is None:
            return self._counts(None, code)
        years = person_query.by_year(self.connection, self.grant.scope, self.cube, code)
        found = years.get(period.start.year)
        if self._reports:
            found = _with(found, self._reports.total(period.first_cell, period.last_cell, code)[1])
        return self._counts(found, code)

    @Once
    def _unnumbered_of(self) -> Mapping[str, int]:
        """Records of each place that are of no known person."""
        if self.period is None or self.out_of_reach:
            return {}
        places = person_query.by_place(self.connection, self.grant.scope, self.cube, self.period.start.year)
        return {place: sums.unnumbered for place, sums in places.items() if sums.unnumbered}


def _with(found: PersonSums | None, added: CoverageSums) -> PersonSums:
    found = found or _NOBODY
    return found._replace(unknown=found.unknown + max(0, int(added.denominator) + int(added.unknown)))
