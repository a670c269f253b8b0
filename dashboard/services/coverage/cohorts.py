"""What a question about completion reads: cohorts, each facility's judged by its own outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.once import Once
from dashboard.services.places.remote_group import STAYS
from db.cohorts import query as cohort_query
from db.cohorts import reported as cohort_reports
from db.cohorts.limits import Limits, limits
from db.cohorts.query import NOTHING, Cohorts, CohortSums, Known
from db.cubes.query import CoverageSums
from db.cubes.reported import KNOWN, Reports
from surveillance.coverage.estimates import Counts
from surveillance.epiweek import PeriodKind, day_of_number, period_last_day, time_cell_last_day

#: What reports add, by any key: how many of them, and their sums.
_Added = Mapping[Any, tuple[int, CoverageSums]]


class CohortReading(Reading):
    """Those who started treatment in the period, each judged by their own facility."""

    def of(self, query: CoverageQuery) -> Reading:
        """A reading of another question, for the same reader."""
        other = CohortReading(self.connection, self.grant, query, self.today, {STAYS: self.stays})
        if query.disease == self.query.disease:
            other.__dict__["_limits"] = self._limits  # the same day of every facility, read once
        return other

    def _by_place(self, period: Period) -> Mapping[str, Any]:
        """Sums of each place in a part of the period."""
        cells = period.first_cell, period.last_cell
        rows = self._cohorts.by_place(*cells) if self._cohorts else {}
        found = self._with_reports(rows, lambda reports: reports.by_place(*cells))
        if self.query.dimension in KNOWN or self.query.groups:
            return found
        return {
            **dict.fromkeys(self.places(), NOTHING),
            **found,
        }  # homes with records, whether treated or not

    def places(self) -> frozenset[str]:
        """Places with a record in the period, or a treatment that began in it, whatever the filters keep."""
        period, found = self.period, super().places()
        if period is None or self._cohorts is None:
            return found
        cube = replace(self.cube, filters={}, stays=None)
        if not self.query.groups:
            return found | frozenset(self._cohorts.places)
        everybody = cohort_query.read(self.connection, self.grant.scope, cube, self._limits)
        return found | frozenset(everybody.by_place(period.first_cell, period.last_cell))

    def _by_period(self, period: Period, code: str | None, kind: PeriodKind) -> Mapping[int, Any]:
        """Sums of each cell; a report counts in its last cell, where all of it lies in one step (`kind`)."""
        cells = period.first_cell, period.last_cell

        def together(first: int, last: int) -> bool:
            return period_last_day(day_of_number(first), kind) >= time_cell_last_day(day_of_number(last))

        rows = self._cohorts.by_period(*cells, code) if self._cohorts else {}
        return self._with_reports(rows, lambda reports: reports.by_cell(*cells, code, together))

    def _by_group(self, period: Period, code: str | None) -> Mapping[tuple[str, str], Any]:
        """Sums of each (axis, value) among those whom the filters keep."""
        cells = period.first_cell, period.last_cell
        rows = self._cohorts.by_group(*cells, code) if self._cohorts else {}
        return self._with_reports(rows, lambda reports: reports.by_group(*cells, code))

    def _total(self, code: str | None) -> Counts:
        """Counts of one place or (`None`) of all together."""
        sums = self._sums_of(code)
        return self._counts(sums, code)

    def _counts(self, row: Any, code: str | None) -> Counts:
        """Counts of one place, from its sums."""
        sums = row or NOTHING
        return Counts(
            records=sums.records,
            numerator=sums.numerator,
            denominator=sums.denominator,
            unknown=sums.unknown,
            not_due=sums.not_due,
            reported=sums.records > 0 or self.reported(code),
            effect=self.vans.effect(code, sums.numerator, sums.denominator),
        )

    def _outcomes(self, code: str | None) -> Outcomes | None:
        """What became of those of one place or (`None`) of all together."""
        period = self.period
        if period is None or self._cohorts is None:
            return None
        if code is None:
            return Outcomes(self._sums_of(None), self._cohorts.known(period.first_cell, period.last_cell))
        sums, known = self._each_place
        return Outcomes(sums.get(code, NOTHING), known.get(code, self._cohorts.nobody))

    def with_data(self, period: Period) -> Period | None:
        """The part of a period in which there is data of any disease, or a treatment began."""
        found = super().with_data(period)
        started = cohort_query.span(self.connection, self.grant.scope, self.cube)
        if started is None:
            return found
        first, last = day_of_number(started[0]), time_cell_last_day(day_of_number(started[1]))
        if found is not None:
            first, last = min(first, found.start), max(last, found.end)
        if last < period.start or first > period.end:
            return found
        return Period(max(period.start, first), min(period.end, last))

    @Once
    def _each_place(self) -> tuple[Mapping[str, CohortSums], Mapping[str, Known]]:
        period = self.period
        if period is None or self._cohorts is None:
            return {}, {}
        return self._by_place(period), self._cohorts.known_by_place(period.first_cell, period.last_cell)

    def _sums_of(self, code: str | None) -> CohortSums:
        period = self.period
        if period is None or self._cohorts is None:
            return NOTHING
        cells = period.first_cell, period.last_cell
        row = {None: self._cohorts.total(*cells, code)}
        added = self._with_reports(row, lambda reports: {None: reports.total(*cells, code)})
        return added[None]

    def _with_reports(
        self, rows: Mapping[Any, CohortSums], summed: Callable[[Reports], _Added]
    ) -> Mapping[Any, CohortSums]:
        due, waiting = self._both_reports
        found = dict(rows)
        for reports, add in ((due, _with), (waiting, _waiting)):
            if reports:
                for key, (_, sums) in summed(reports).items():
                    found[key] = add(found.get(key, NOTHING), sums)
        return found

    @Once
    def _limits(self) -> Limits:
        return limits(self.connection, self.query.disease, self.today)

    @Once
    def _cohorts(self) -> Cohorts | None:
        if self.period is None or self.out_of_reach:
            return None
        return cohort_query.read(self.connection, self.grant.scope, self.cube, self._limits)

    @Once
    def _both_reports(self) -> tuple[Reports, Reports]:
        if self.period is None or self.out_of_reach:
            return Reports.none(), Reports.none()
        return cohort_reports.reports(self.connection, self.grant.scope, self.cube, self._limits)

    @Once
    def _reports(self) -> Reports:
        """Those whose whole period is due."""
        return self._both_reports[0]


def _with(sums: CohortSums, added: CoverageSums) -> CohortSums:
    """With what reports add: they say who completed, and of the others only that they started."""
    done, started = int(added.numerator), int(added.denominator)
    parts = {name: getattr(sums, name) for name in ("cured", "completed", "not_evaluated")}
    parts |= {name: getattr(sums, name) for name in ("lost", "failed", "died")}
    _shift(parts, done, ("completed", "cured"))
    _shift(parts, started - done, ("not_evaluated", "lost", "failed", "died"))
    return sums._replace(
        records=max(0, sums.records + int(added.records)),
        numerator=sums.numerator + done,
        denominator=sums.denominator + started,
        unknown=sums.unknown + int(added.unknown),
        **parts,
    )


def _shift(parts: dict[str, int], number: int, names: tuple[str, ...]) -> None:
    """Add a number to the first of some parts; one that a report takes away goes to what there is."""
    for name in names:
        held = parts[name] + number
        parts[name], number = max(0, held), min(0, held)


def _waiting(sums: CohortSums, added: CoverageSums) -> CohortSums:
    """With a report that is not yet due."""
    return sums._replace(not_due=sums.not_due + max(0, int(added.denominator + added.unknown)))
