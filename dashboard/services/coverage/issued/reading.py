"""A question that is answered from the release in force: every box it gives out is issued.

Nothing is read from the cubes. What a release does not have stays closed: no method of a reading that is not
answered here gives counts that the door opens for a reader of releases.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import within
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Facts, Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.steps import Groups, Steps
from dashboard.services.coverage.vans import Vans
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.once import Once
from dashboard.services.releases.figures import Cell, Figures, State
from dashboard.services.releases.periods import (
    KINDS,
    Calendar,
    Issued,
    Kind,
    covering,
    enclosing,
    months_of,
    moved,
    span,
)
from dashboard.services.releases.stamps import Release
from db.core.engine import Connection
from surveillance.coverage.estimates import Counts
from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_label, period_last_day
from surveillance.vocabulary import AXES

#: All places together.
TOGETHER = ""
_HIDDEN = Counts(False, hidden=True)
_YEAR_OF_MONTHS = 12
#: Longer periods that are offered where a value is hidden.
_MOST_LONGER = 2


class IssuedReading(Reading):
    """One question, answered from a release. `figures` None: nothing has been issued yet."""

    def __init__(
        self,
        connection: Connection,
        grant: Grant,
        query: CoverageQuery,
        today: date,
        figures: Figures | None,
        memory: dict[Hashable, Any] | None = None,
        *,
        own: frozenset[str] | None = None,
        measure: str = "",
        role: str = "",
    ) -> None:
        self.connection, self.query, self.today = connection, query, today
        #: Provinces whose numbers the reader has from elsewhere.
        self._own = own if own is not None else _own(grant)
        #: Entitled to nothing but what is issued, whoever asks.
        self.grant = rules.as_reader(grant)
        self.figures = figures
        self._memory = {} if memory is None else memory
        self.known_from = None
        self.cube = within.cube_query(self.grant, replace(query, remote=None))
        #: The measure of the question, or the records alone.
        self._measure = measure or query.measure
        asked_whole = bool(measure) and query.remote is None
        self.reason = "" if asked_whole else rules.reason_hidden(self.grant, query)
        self._periods: tuple[Issued, ...] = ()
        if not self.reason:
            self._periods = self._covering(self._axis, TOGETHER, query.start, query.end)
            if figures is None:
                self.reason = rules.NOTHING_ISSUED
            elif not self._periods:
                self.reason = rules.NOT_OF_DISEASE
        days = span(self._periods)
        self.period: Period | None = None if days is None else Period(*days)
        #: Of the account that is answered.
        self._role = role or grant.role
        self.release = Release(None if figures is None else figures.stamp, self._periods, self._role)

    @Once
    def out_of_reach(self) -> bool:
        """Whether nothing that was asked for is issued."""
        return bool(self.reason)

    def of(self, query: CoverageQuery) -> Reading:
        """A reading of another question of the same release."""
        return self._like(query)

    def of_records(self) -> IssuedReading:
        """The same question, of records: whom the release tells of whatever was asked of them."""
        return self._like(self.query, "records")

    def _like(self, query: CoverageQuery, measure: str = "") -> IssuedReading:
        shared = (self.connection, self.grant, query, self.today, self.figures, self._memory)
        return IssuedReading(*shared, own=self._own, measure=measure, role=self._role)

    def counting(self) -> Reading:
        """This reading: vans are no part of a release."""
        return self

    @property
    def yearly(self) -> bool:
        """Periods are those that are issued."""
        return False

    # --- what is issued ------------------------------------------------------------------------

    @property
    def _axis(self) -> str:
        return next(iter(self.query.groups), "")

    def calendar(self, axis: str, place: str) -> Calendar:
        """The issued periods of one table; of groups, those of the country or of its provinces."""
        figures, query = self.figures, self.query
        if figures is None:
            return Calendar()

        def read() -> Calendar:
            held = {
                kind: frozenset(
                    figures.periods(
                        query.disease,
                        query.dimension,
                        kind,
                        axis,
                        measure=self._measure,
                        place=place if axis else None,
                    )
                )
                for kind in KINDS
            }
            return Calendar(**held)

        key = ("calendar", query.disease, query.dimension, self._measure, axis, bool(axis and place))
        return self.shared(key, read)

    def _covering(self, axis: str, place: str, start: date | None, end: date | None) -> tuple[Issued, ...]:
        # A table of groups has a row for each province, of which years are issued.
        calendar = self.calendar(axis, place or (_ANY if axis else ""))
        first, last = calendar.first, calendar.last
        if first is None or last is None:
            return ()
        return covering(calendar, max(start or first, first), min(end or last, last))

    def _values(self, axis: str) -> list[str]:
        """Issued values of an axis that the question asks for; one that stands for no axis."""
        if not axis or self.figures is None:
            return [""]
        asked = self.query.groups.get(axis)
        return [
            value
            for value in self.figures.values(self.query.disease, axis)
            if asked is None or set(value.split(",")) <= set(asked)
        ]

    def _counts_of(
        self, place: str, periods: Sequence[Issued], axis: str = "", values: Sequence[str] = ("",)
    ) -> Counts:
        """Counts of one place over some periods, of some values of an axis together."""
        if self.figures is None or not periods or not values:
            return _HIDDEN
        query = self.query
        if place == TOGETHER and not self._may_add_up(periods, axis, values):
            return _HIDDEN
        cells = [
            self.figures.union(query.disease, self._measure, query.dimension, place, periods, axis, value)
            for value in values
        ]
        if any(cell.state is not State.SHOWN for cell in cells):
            return _HIDDEN
        found = Counts(False)
        for cell in cells:
            found += self._of_cell(cell, place, periods)
        return found

    def _may_add_up(self, periods: Sequence[Issued], axis: str, values: Sequence[str]) -> bool:
        """Whether all places together may be shown to a reader who knows the numbers of some of them.

        Where the release hides one of these, all together less those that she knows and those that are shown
        would be what is hidden of the others. By home and by crossing all together are the same people.
        """
        figures, query = self.figures, self.query
        return figures is None or all(
            figures.union(query.disease, self._measure, "care", own, periods, axis, value).state
            is State.SHOWN
            for own in self._own
            for value in values
        )

    def _of_cell(self, cell: Cell, place: str, periods: Sequence[Issued]) -> Counts:
        """Counts of a cell that is shown. Whether anybody reported is told as far as the release tells it."""
        records = cell.records or 0
        reported = cell.records is None or records > 0 or self._anybody_at(place, periods)
        return Counts(
            reported,
            records,
            cell.numerator or 0,
            cell.denominator or 0,
            cell.unknown or 0,
            untold=cell.unknown is None,
        )

    def _anybody_at(self, place: str, periods: Sequence[Issued]) -> bool:
        """Whether the release has records of any disease but HIV and syphilis there, or hides some."""
        figures, dimension = self.figures, self.query.dimension
        if figures is None:
            return False

        def read() -> bool:
            for code, disease in DISEASES.items():
                if not disease.sensitive:
                    cell = figures.union(code, "records", dimension, place, periods)
                    if cell.state is State.HIDDEN or cell.records:
                        return True
            return False

        return self.shared(("anybody at", dimension, place, tuple(periods)), read)

    # --- undisclosed counts --------------------------------------------------------------------

    def of_places(self, codes: Sequence[str]) -> Undisclosed[list[Counts]]:
        """Counts of some places, in order; hidden where the release has no such place."""
        return _issued([self._of_place(code) for code in codes])

    def records_of(self) -> Undisclosed[Mapping[str, int | None]]:
        """Records of each place; None where they are hidden."""
        held = {code: self.of_records()._of_place(code) for code in self._places}
        return _issued({code: None if one.hidden else one.records for code, one in held.items()})

    def by_place(self, period: Period) -> Undisclosed[dict[str, Counts]]:
        """Counts of each place."""
        return _issued({code: self._of_place(code) for code in self._places})

    def together(self, counts: Undisclosed[Sequence[Counts]], without: Sequence[bool]) -> Undisclosed[Counts]:
        """Counts of all places together, as they are issued: no sum of those that are shown."""
        return self.total(None)

    def total(self, code: str | None) -> Undisclosed[Counts]:
        """Counts of one place or (`None`) of all together."""
        return _issued(self._of_place(TOGETHER if code is None else code))

    def summed(self, code: str) -> Undisclosed[Counts]:
        """Counts of one place."""
        return self.total(code)

    def totals(self, code: str, measures: Sequence[str]) -> dict[str, Undisclosed[Counts]]:
        """Counts of one place, of several measures."""
        return {measure: self._measuring(measure).total(code) for measure in measures}

    def every_place(self, measures: Sequence[str]) -> dict[str, Reading]:
        """Readings of several measures."""
        return {measure: self._measuring(measure) for measure in measures}

    def wider(self, code: str | None) -> Sequence[tuple[str, bool, Undisclosed[Counts]]]:
        """Longer issued periods that hold those of the question, and all places together."""
        axis, values = self._axis, self._values(self._axis)
        calendar, place = self.calendar(axis, _ANY if axis else TOGETHER), TOGETHER if code is None else code
        found = []
        for kind in KINDS[1:]:
            longer = [first for first in enclosing(self._periods, kind) if first in calendar.of(kind)]
            for first in [first for first in longer if (kind, first) not in self._periods][-_MOST_LONGER:]:
                counts = self._counts_of(place, [(kind, first)], axis, values)
                found.append((period_label(first, kind), False, _issued(counts)))
        return found if code is None else [*found, ("", True, self.total(None))]

    def _measuring(self, measure: str) -> Reading:
        return self.of(replace(self.query, measure=measure))

    def _of_place(self, code: str) -> Counts:
        if self.out_of_reach:
            return _HIDDEN
        return self._counts_of(code, self._periods, self._axis, self._values(self._axis))

    def outcomes(self, code: str | None) -> Undisclosed[Outcomes] | None:
        """What became of a cohort is not issued."""
        return None

    @property
    def unnumbered_of(self) -> Undisclosed[Mapping[str, int]]:
        """Persons are not issued."""
        return _issued({})

    def seen(self) -> frozenset[str]:
        """Places that the release says, or may say, to have records."""
        if self.out_of_reach or self.figures is None:
            return frozenset()
        figures, query = self.figures, self.query

        def has_any(place: str) -> bool:
            cell = figures.union(query.disease, "records", query.dimension, place, self._periods)
            return cell.state is not State.SHOWN or bool(cell.records)

        return frozenset(place for place in self._places if has_any(place))

    def places(self) -> frozenset[str]:
        """As :meth:`seen`."""
        return self.seen()

    @property
    def _places(self) -> list[str]:
        if self.figures is None:
            return []
        found = self.figures.places(self.query.disease, self.query.dimension)
        return [place for place in found if place != TOGETHER]

    # --- trend, groups, comparison -------------------------------------------------------------

    def own_steps(self, asked: PeriodKind | None, code: str | None) -> Steps:
        """Issued periods of one kind that meet those of the question, and their counts.

        The kind that was asked for, else the nearest that is issued; without one the finest of which half of
        the points are shown.
        """
        place, axis = TOGETHER if code is None else code, self._axis
        values = self._values(axis)
        calendar = self.calendar(axis, place)
        if self.period is None or not calendar.kinds:
            return Steps("year")

        def steps_of(kind: Kind) -> Steps:
            starts = sorted(first for first in calendar.of(kind) if self._meets(first, kind))
            counts = [self._counts_of(place, [(kind, first)], axis, values) for first in starts]
            spans = [(first, period_last_day(first, kind)) for first in starts]
            return Steps(kind, starts, spans, _issued(counts))

        def is_told(kind: Kind) -> bool:
            starts = [first for first in calendar.of(kind) if self._meets(first, kind)]
            hidden = [self._counts_of(place, [(kind, first)], axis, values).hidden for first in starts]
            return bool(starts) and 2 * sum(hidden) <= len(hidden)

        if asked is None:
            kind = next((kind for kind in calendar.kinds if is_told(kind)), calendar.kinds[-1])
        else:
            wanted = KINDS.index(asked) if asked in KINDS else 0
            kind = min(calendar.kinds, key=lambda one: (abs(KINDS.index(one) - wanted), -KINDS.index(one)))
        return steps_of(kind)

    def _meets(self, first: date, kind: Kind) -> bool:
        used = self.period
        return used is not None and first <= used.end and used.start <= period_last_day(first, kind)

    def own_groups(self, code: str | None) -> Groups:
        """Issued values of each axis, over the issued periods of groups that hold the days."""
        query, place = self.query, TOGETHER if code is None else code
        if self.out_of_reach or self.figures is None or query.dimension != "care":
            return Groups({}, {})
        axes = [self._axis] if query.groups else list(AXES)
        kept: dict[str, Sequence[str]] = {}
        counts: dict[str, Undisclosed[Sequence[Counts]]] = {}
        for axis in axes:
            periods, values = self.periods_of_groups(code, axis), self._values(axis)
            if periods and values:
                kept[axis] = values
                counts[axis] = _issued([self._counts_of(place, periods, axis, [value]) for value in values])
        return Groups(kept, counts)

    def periods_of_groups(self, code: str | None, axis: str) -> tuple[Issued, ...]:
        """The periods of the groups of one place: of provinces whole years."""
        if self.period is None:
            return ()
        calendar = self.calendar(axis, TOGETHER if code is None else code)
        return covering(calendar, self.period.start, self.period.end)

    def groups_span(self, code: str | None) -> tuple[Period | None, str]:
        """The days of the groups: of provinces whole years."""
        axes = [self._axis] if self._axis else list(AXES)
        periods = next(filter(None, (self.periods_of_groups(code, axis) for axis in axes)), ())
        days, said = span(periods), Release(None, periods).said
        found = None if days is None else Period(*days)
        return (None if found == self.period else found), said

    def own_facts(self) -> Facts | None:
        """The issued periods before, or of the year before, that the question is compared with."""
        used = self.period
        if used is None or self.out_of_reach:
            return None
        kind, length = self.query.comparison, months_of(used.start, used.end)
        too_long = kind == "year" and length > _YEAR_OF_MONTHS
        back = _YEAR_OF_MONTHS if kind == "year" and not too_long else length
        start = moved(used.start, -back)
        end = moved(used.end.replace(day=1), 1 - back) - timedelta(days=1)
        earlier = Period(start, end)
        if span(self._covering(self._axis, TOGETHER, start, end)) not in (None, (start, end)):
            return None
        return Facts("before" if too_long else kind, earlier, of_facilities=False, too_long=too_long)

    @property
    def begins(self) -> date | None:
        """First day of which anything is issued of the question."""
        return self.calendar(self._axis, _ANY if self._axis else TOGETHER).first

    @property
    def ends(self) -> date | None:
        """Last day of which anything is issued of the question."""
        return self.calendar(self._axis, _ANY if self._axis else TOGETHER).last

    def with_data(self, period: Period) -> Period | None:
        """The part of a period of which anything is issued."""
        first, last = self.begins, self.ends
        if first is None or last is None or last < period.start or first > period.end:
            return None
        return Period(max(first, period.start), min(last, period.end))

    # --- what a release does not have ----------------------------------------------------------

    @Once
    def vans(self) -> Vans:
        """None: who came together is not issued."""
        return Vans(self.connection, self.grant.scope, None)

    @Once
    def reports_of(self) -> Mapping[str, int]:
        """How many reports are counted is not issued."""
        return {}

    @property
    def _has_reports(self) -> bool:
        return False

    def read_trends(self) -> None:
        """Nothing is read."""

    def _by_place(self, period: Period) -> Mapping[str, Any]:
        return {}

    def _by_period(self, period: Period, code: str | None, kind: PeriodKind) -> Mapping[int, Any]:
        return {}

    def _by_group(self, period: Period, code: str | None) -> Mapping[tuple[str, str], Any]:
        return {}

    def records_by_week(self, period: Period) -> Undisclosed[Mapping[str, Mapping[date, int]]]:
        """Weeks are not issued."""
        return Undisclosed({})


#: Any province, where a table of groups of provinces is meant.
_ANY = "any"


def _own(grant: Grant) -> frozenset[str]:
    return frozenset(grant.scope.provinces or ()) if rules.knows_own(grant) else frozenset()


def _issued(held: Any) -> Undisclosed[Any]:
    return Undisclosed(held, issued=True)
