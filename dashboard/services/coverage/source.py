"""What one question reads: each thing once, in one transaction, for the table and the panel beside it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import within
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Facts, Period
from dashboard.services.coverage.vans import Vans
from dashboard.services.coverage.who_reported import WhoReported
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.once import Once
from dashboard.services.places.remote_group import STAYS
from dashboard.services.releases.stamps import Release
from db.cohorts import query as cohort_query
from db.core.engine import Connection
from db.core.scope import Scope
from db.core.stays import Stays
from db.cubes import facility_cells
from db.cubes import query as cube_query
from db.cubes import reported as reported_cubes
from db.cubes.place_cells import PlaceSums
from db.cubes.query import CoverageSums, CubeQuery, PlaceCells
from db.cubes.reported import Reports
from surveillance.coverage.estimates import Counts
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.epiweek import (
    PeriodKind,
    day_of_number,
    period_first_day,
    period_last_day,
    time_cell_last_day,
)

#: With so many filters only the largest cube answers: it is read once, and summed in two ways.
_SEVERAL = 2
#: Under this key the memory of a reading holds the measures that are read of every disease at once.
_TOGETHER = "together"


class Reading(WhoReported):
    """The numbers behind one question, read as they are needed and no number twice.

    What others get of it are undisclosed counts: dashboard.services.disclosure decides who may see them.
    """

    #: First day of which is known what it asks; None where that is all.
    held_from: date | None = None
    #: The release that answers; None where the cubes do.
    release: Release | None = None
    #: Why nothing is shown, where not the rules say so.
    reason = ""

    def __init__(
        self,
        connection: Connection,
        grant: Grant,
        query: CoverageQuery,
        today: date,
        memory: dict[Hashable, Any] | None = None,
    ) -> None:
        self.connection, self.grant, self.query, self.today = connection, grant, query, today
        self._memory: dict[Hashable, Any] = {} if memory is None else memory
        cube = within.cube_query(grant, query, self.stays, self.districts if self.by_district else None)
        #: What it asks of the cubes, and the period: that of the question in whole cells, or all there is.
        self.cube, self.period = cube, self._period(cube)
        if self.period is not None:
            self.cube = self.cube_of(self.period)
        self.known_from = within.known_from(connection, cube)
        self.held_from = self.known_from

    @property
    def stays(self) -> Stays | None:
        """Stays of facilities in remote areas, where the reader asks for them."""
        found: Stays | None = self._memory.get(STAYS)
        return found

    @Once
    def out_of_reach(self) -> bool:
        """Whether the whole answer is hidden from the reader."""
        return rules.out_of_reach(self.grant, self.query)

    def _period(self, cube: CubeQuery) -> Period | None:
        """What was asked for, widened to whole cells, or all there is; None where there is nothing."""
        query, scope = self.query, self.grant.scope
        start, end = query.start, query.end
        if (start is None or end is None) and not self.out_of_reach:
            spans = [cube_query.span(self.connection, scope, cube)]
            if cube.dimension in reported_cubes.KNOWN:
                spans.append(self._spans_of_reports(scope).get(query.disease))
            if MEASURES[query.measure].by_start:
                spans.append(cohort_query.span(self.connection, scope, cube))
            if held := [span for span in spans if span is not None]:
                first = day_of_number(min(span[0] for span in held))
                last = time_cell_last_day(day_of_number(max(span[1] for span in held)))
                start = start or min(first, end or first)
                end = end or max(last, start)
        if start is None or end is None:
            return None
        asked = Period.covering(start, end)
        return within.known_part(self.connection, cube, asked.whole_years if self.yearly else asked)

    def cube_of(self, period: Period) -> CubeQuery:
        """What it asks of the cubes, of another period."""
        return replace(self.cube, first=period.first_cell, last=period.last_cell)

    def is_due(self, cell: int) -> bool:
        """Whether a cell lies in the period or before it: its follow-up time has passed."""
        return self.period is not None and cell <= self.period.last_cell

    def of(self, query: CoverageQuery) -> Reading:
        """A reading of another question, for the same reader; what both ask is asked once."""
        return Reading(self.connection, self.grant, query, self.today, self._memory)

    def together_with(self, measures: Sequence[str]) -> Reading:
        """This reading, whose reader asks these measures of every disease: places are read of all at once.

        The measures are counted by visits.
        """
        self._memory[_TOGETHER] = tuple(measures)
        return self

    def counting(self) -> Reading:
        """This reading, for counts alone: without the vans, which widen intervals and change no count."""
        self.__dict__["vans"] = Vans(self.connection, self.grant.scope, None)
        return self

    def trend(self, used: Period, kind: PeriodKind) -> tuple[Period, PeriodKind]:
        """The period of a trend, and its steps; `kind` as it was asked for."""
        return used, kind

    @property
    def yearly(self) -> bool:
        """Whether a trend has years for steps, whatever was asked for."""
        return rules.by_year_only(self.grant, self.query.disease)

    # --- what a release answers in place of the cubes (dashboard.services.coverage.issued) -------

    def own_steps(self, asked: PeriodKind | None, code: str | None) -> Any:
        """The steps of a trend; None where they are made from cells."""
        return None

    def own_groups(self, code: str | None) -> Any:
        """The groups of a place; None where they are made from cells."""
        return None

    def own_facts(self) -> Facts | None:
        """The windows of a question, where a release answers."""
        return None

    def wider(self, code: str | None) -> Sequence[tuple[str, bool, Undisclosed[Counts]]]:
        """Longer periods of a place, and all places together: name, whether of all places, counts."""
        return ()

    def groups_span(self, code: str | None) -> tuple[Period | None, str]:
        """The days of the groups, where these are others, and their issued periods as files name them."""
        return None, ""

    # --- undisclosed counts --------------------------------------------------------------------

    def rows_by_place(self, period: Period) -> Undisclosed[Mapping[str, Any]]:
        """Sums of each place in a part of the period."""
        return Undisclosed(self._by_place(period))

    def rows_by_cell(
        self, period: Period, code: str | None, kind: PeriodKind
    ) -> Undisclosed[Mapping[int, Any]]:
        """Sums of each cell of a part of the period, of one place or (`None`) of all together.

        `kind`: the steps in which they will be shown.
        """
        return Undisclosed(self._by_period(period, code, kind))

    def rows_by_group(self, period: Period, code: str | None) -> Undisclosed[Mapping[tuple[str, str], Any]]:
        """Sums of each (axis, value) among those whom the filters keep."""
        return Undisclosed(self._by_group(period, code))

    def records_by_week(self, period: Period) -> Undisclosed[Mapping[str, Mapping[date, int]]]:
        """Records of every disease but HIV and syphilis, of each place, by the Monday of the week."""
        told = [code for code, disease in DISEASES.items() if not disease.sensitive]
        rows = cube_query.records_by_place_and_cell(
            self.connection, self.grant.scope, self.cube_of(period), told
        )
        found: dict[str, dict[date, int]] = {}
        for (place, cell), records in rows.items():
            monday = period_first_day(day_of_number(cell), "week")
            weeks = found.setdefault(place, {})
            weeks[monday] = weeks.get(monday, 0) + records
        return Undisclosed(found)

    def of_records(self) -> Reading:
        """The same question, of records alone, where a release answers."""
        return self

    def records_of(self) -> Undisclosed[Mapping[str, int | None]]:
        """Records of each place, as a release tells them."""
        return Undisclosed({})

    def of_places(self, codes: Sequence[str]) -> Undisclosed[list[Counts]]:
        """Counts of some places in the period, in order; zeros where a place has none."""
        seen = self._seen_by_place
        return Undisclosed([self._counts(seen.get(code), code) for code in codes])

    def by_place(self, period: Period) -> Undisclosed[dict[str, Counts]]:
        """Counts of each place that has any in a part of the period."""
        rows = self._by_place(period)
        return Undisclosed({place: self._counts(row, place) for place, row in rows.items()})

    def together(self, counts: Undisclosed[Sequence[Counts]], without: Sequence[bool]) -> Undisclosed[Counts]:
        """Counts of all places of a table together; a van whose passengers count in several is one van."""

        def added(held: Sequence[Counts]) -> Counts:
            kept = (one for one, gone in zip(held, without, strict=True) if not gone)
            whole = sum(kept, Counts(reported=False))
            return replace(whole, effect=self.vans.effect(None, whole.numerator, whole.denominator))

        return counts.map(added)

    def total(self, code: str | None) -> Undisclosed[Counts]:
        """Counts of one place or (`None`) of all together."""
        return Undisclosed(self._total(code))

    def totals(self, code: str, measures: Sequence[str]) -> dict[str, Undisclosed[Counts]]:
        """Counts of one place, of several measures that are counted by visits; without vans.

        They are read at once, with those of every disease.
        """
        used = self.period
        if used is None:
            return {measure: Undisclosed(self._counts(None, code)) for measure in measures}
        everything = self.shared(
            ("totals", code, _but_disease_and_measure(self.cube), tuple(measures)),
            lambda: cube_query.totals(self.connection, self.grant.scope, self.cube, code, measures),
        )
        rows = everything.get(self.query.disease, {})
        each = dict.fromkeys(measures, self.counting())
        if self.has_reports:
            each = self._of_measures(measures)
        return {
            measure: Undisclosed(reading._with_reported(rows.get(measure), used, code))
            for measure, reading in each.items()
        }

    def every_place(self, measures: Sequence[str]) -> dict[str, Reading]:
        """Readings of several measures that are counted by visits, without vans, of which each place is read.

        They are read at once, with those of every disease.
        """
        each, used = self._of_measures(measures), self.period
        if used is None or self.out_of_reach or len(self.query.groups) >= _SEVERAL:
            return each
        everything = self.shared(
            ("every place", _but_disease_and_measure(self.cube), tuple(measures)),
            lambda: cube_query.by_disease_and_place(self.connection, self.grant.scope, self.cube, measures),
        )
        rows = everything.get(self.query.disease, {})
        for measure, reading in each.items():
            held = rows.get(measure, PlaceSums.of({}))
            if reading._reports:
                added = reading._reports.by_place(used.first_cell, used.last_cell)
                held = PlaceSums.of(with_reports(held.by_place(), added))
            reading.__dict__["_sums"] = held
        return each

    def summed(self, code: str) -> Undisclosed[Counts]:
        """Counts of one place, from those of every place."""
        held = self._sums
        own = held.places.index(code) if code in held.places else None
        row = NOTHING if own is None else CoverageSums(*held.sums[own].tolist())
        return Undisclosed(self._counts(row, code))

    @Once
    def _sums(self) -> PlaceSums:
        return PlaceSums.of(self._seen_by_place)

    def _of_measures(self, measures: Sequence[str]) -> dict[str, Reading]:
        return {measure: self.of(replace(self.query, measure=measure)).counting() for measure in measures}

    def outcomes(self, code: str | None) -> Undisclosed[Outcomes] | None:
        """What became of a cohort; None where the measure is not of one."""
        found = self._outcomes(code)
        return None if found is None else Undisclosed(found)

    @property
    def unnumbered_of(self) -> Undisclosed[Mapping[str, int]]:
        """Records of each place that are of no known person; none where episodes are counted."""
        return Undisclosed(self._unnumbered_of)

    def seen(self) -> frozenset[str]:
        """Places with any count in the period."""
        return frozenset(self._sums.places if "_sums" in self.__dict__ else self._seen_by_place)

    # --- counts --------------------------------------------------------------------------------

    def _by_place(self, period: Period) -> Mapping[str, Any]:
        """Counts of each place in a part of the period."""
        added = self._reports.by_place(period.first_cell, period.last_cell) if self._reports else {}
        if len(self.query.groups) < _SEVERAL:
            return with_reports(self._rows_by_place(self.cube_of(period)), added)
        return with_reports(self._cells.by_place(period.first_cell, period.last_cell), added)

    def _rows_by_place(self, cube: CubeQuery) -> Mapping[str, Any]:
        measures = self._together
        if cube.measure not in measures:
            return cube_query.by_place(self.connection, self.grant.scope, cube)
        everything = self.shared(
            ("every place", _but_disease_and_measure(cube), measures),
            lambda: cube_query.by_disease_and_place(self.connection, self.grant.scope, cube, measures),
        )
        found = everything.get(cube.disease, {}).get(cube.measure)
        return {} if found is None else found.by_place()

    def cells_of(self, cube: CubeQuery) -> PlaceCells:
        """Counts of each place in each cell, of a question to the cubes."""
        measures = self._together
        if cube.measure not in measures or len(cube.filters) >= _SEVERAL:
            return cube_query.cells(self.connection, self.grant.scope, cube)
        several: Mapping[str, PlaceCells] = self.shared(
            ("cells", cube.disease, _but_disease_and_measure(cube), measures),
            lambda: cube_query.cells_of_measures(self.connection, self.grant.scope, cube, measures),
        )
        return several[cube.measure]

    def parts_of(self, cube: CubeQuery) -> Sequence[facility_cells.Part]:
        """Counts by the patients' place, facility and cell, of a question to the records."""
        measures = self._together if cube.measure in self._together else (cube.measure,)
        several: Mapping[str, Sequence[facility_cells.Part]] = self.shared(
            ("parts", cube.disease, _but_disease_and_measure(cube), measures),
            lambda: facility_cells.parts(self.connection, cube, measures),
        )
        return several[cube.measure]

    @property
    def _together(self) -> tuple[str, ...]:
        """Measures that are read of all diseases at once (:meth:`together_with`)."""
        found: tuple[str, ...] = self._memory.get(_TOGETHER, ())
        return found

    @Once
    def _seen_by_place(self) -> Mapping[str, Any]:
        """Counts of each place in the period."""
        if self.period is None or self.out_of_reach:
            return {}
        return self._by_place(self.period)

    @Once
    def _alone(self) -> str | None:
        """The one place that has all the people of the question; None where there are several, or none."""
        counted = [place for place, row in self._seen_by_place.items() if int(row.denominator)]
        return counted[0] if len(counted) == 1 else None

    def places(self) -> frozenset[str]:
        """Places with a record in the period, whatever the filters keep of it."""
        if self.period is None:
            return frozenset()
        cube = replace(self.cube, filters={}, stays=None)
        return frozenset(cube_query.by_place(self.connection, self.grant.scope, cube))

    def _by_period(self, period: Period, code: str | None, kind: PeriodKind) -> Mapping[int, Any]:
        """Counts of each cell of a part of the period, of one place or (`None`) of all together.

        A report counts in its last cell, where the whole of it lies in one week, month, quarter or year
        (`kind`), and all of it is due.
        """
        added: Mapping[int, tuple[int, CoverageSums]] = {}
        if self._reports:

            def together(first: int, last: int) -> bool:
                begin, end = day_of_number(first), time_cell_last_day(day_of_number(last))
                due = not MEASURES[self.query.measure].by_start or self.is_due(last)
                return due and period_last_day(begin, kind) >= end

            added = self._reports.by_cell(period.first_cell, period.last_cell, code, together)
        if "_cells" in self.__dict__ and (code is not None or len(self.query.groups) >= _SEVERAL):
            return with_reports(self._cells.by_period(period.first_cell, period.last_cell, code), added)
        cube = self.cube_of(period)
        rows = cube_query.by_period(self.connection, self.grant.scope, cube, code)
        return with_reports({row.period: row for row in rows}, added)

    def _by_group(self, period: Period, code: str | None) -> Mapping[tuple[str, str], CoverageSums]:
        """Counts of each (axis, value) among those whom the filters keep."""
        cube = self.cube_of(period)
        rows = cube_query.by_group(self.connection, self.grant.scope, cube, code)
        if not self._reports:
            return rows
        return with_reports(rows, self._reports.by_group(period.first_cell, period.last_cell, code))

    def _total(self, code: str | None) -> Counts:
        """Counts of one place or (`None`) of all together."""

        if self.period is None:
            return self._counts(None, code)
        return self._with_reported(
            cube_query.total(self.connection, self.grant.scope, self.cube, code), self.period, code
        )

    def _with_reported(self, row: Any, used: Period, code: str | None) -> Counts:
        if self._reports:
            _, added = self._reports.total(used.first_cell, used.last_cell, code)
            row = sum_of(row or NOTHING, added)
        return self._counts(row, code)

    def _counts(self, row: Any, code: str | None) -> Counts:
        """Counts of one place, from what it has in the period."""
        row = row or NOTHING
        return Counts(
            records=int(row.records),
            numerator=int(row.numerator),
            denominator=int(row.denominator),
            unknown=int(row.unknown),
            reported=row.records > 0 or self.reported(code),
            effect=self.vans.effect(code, int(row.numerator), int(row.denominator)),
        )

    @Once
    def _cells(self) -> PlaceCells:
        return cube_query.cells(self.connection, self.grant.scope, self.cube)

    @Once
    def vans(self) -> Vans:
        """Vans in the part of the period that is due."""
        cube = None if self.out_of_reach or self.period is None else self.cube
        return Vans(self.connection, self.grant.scope, cube, lambda: self._alone, self.shared, self._together)

    def read_trends(self) -> None:
        """Read what the trends of all places need at once: they will be asked for."""
        query = self.query
        if self.period is None or self.out_of_reach or query.persons or MEASURES[query.measure].by_start:
            return
        _ = self._cells
        self.vans.read_cells()
        if query.dimension == "care":
            _ = self._cells_told

    # --- aggregate reports ---------------------------------------------------------------------

    @Once
    def _reports(self) -> Reports:
        """What aggregate reports add; homes, places of infection and crossings are not known to them."""
        if self.period is None or self.out_of_reach:
            return Reports.none()
        if not self.has_reports:
            return Reports.none()
        return reported_cubes.read(self.connection, self.grant.scope, self.cube)

    @property
    def has_reports(self) -> bool:
        """Whether there is any report of the disease."""
        return self.query.disease in self._spans_of_reports(Scope.everything())

    def _outcomes(self, code: str | None) -> Outcomes | None:
        return None

    @property
    def _unnumbered_of(self) -> Mapping[str, int]:
        return {}

    @Once
    def reports_of(self) -> Mapping[str, int]:
        """How many aggregate reports are counted in each place."""
        used = self.period
        if used is None or not self._reports:
            return {}
        places = self._reports.by_place(used.first_cell, used.last_cell)
        return {place: number for place, (number, _) in places.items() if number}


NOTHING = CoverageSums(0, 0, 0, 0)


def _but_disease_and_measure(cube: CubeQuery) -> Hashable:
    """What is asked of the cubes otherwise."""
    return cube.dimension, cube.first, cube.last, tuple(sorted(cube.filters.items())), cube.stays


def sum_of(row: Any, added: CoverageSums) -> CoverageSums:
    return CoverageSums(
        *(int(getattr(row, name)) + int(getattr(added, name)) for name in CoverageSums._fields)
    )


def with_reports(rows: Mapping[Any, Any], added: Mapping[Any, tuple[int, CoverageSums]]) -> Mapping[Any, Any]:
    """Counts of line lists with what reports add to them."""
    if not added:
        return rows
    return {**rows, **{key: sum_of(rows.get(key, NOTHING), sums) for key, (_, sums) in added.items()}}


def followed(row: Any) -> int:
    """Persons who started, or may have: most of those not yet due have a blank outcome."""
    return int(row.denominator + row.unknown) if row else 0
