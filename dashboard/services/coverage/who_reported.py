"""Who reported, and from when to when there is data: one part of what a question reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Self, TypeVar

import numpy as np

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.periods import Period
from dashboard.services.once import Once
from dashboard.services.reporting.presence import Came, came_by, came_in
from dashboard.services.reporting.read import Judged, in_districts
from db.batches import reporting_completeness
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes import query as cube_query
from db.cubes import reported as reported_cubes
from db.cubes.query import DISTRICT, CubeQuery
from db.ingest import facilities
from db.tables.districts import NEVER, placed
from db.tables.districts.placed import Districts
from surveillance.epiweek import day_of_number, time_cell_last_day
from surveillance.vocabulary import UNKNOWN

Shared = TypeVar("Shared")
#: Under this key the memory of a reading holds what holds reports against what is due.
JUDGES = "judges"
#: Kinds of place that facilities report for, and the column of the facility list that names them.
_OWN = {"care": "province", "facility": "facility_id"}


class WhoReported:
    """Who reported, as far as an account may know. `cube`: what the question asks of the cubes."""

    connection: Connection
    grant: Grant
    query: CoverageQuery
    cube: CubeQuery
    period: Period | None
    held_from: date | None
    today: date
    _memory: dict[Hashable, Any]

    def shared(self, key: Hashable, read: Callable[[], Shared]) -> Shared:
        """What is the same for every question of this reader with the same key: read once."""
        if key not in self._memory:
            self._memory[key] = read()
        found: Shared = self._memory[key]
        return found

    def _spans_of_reports(self, scope: Scope) -> Mapping[str, tuple[int, int]]:
        """First and last cell of the reports of each disease that has any."""
        return self.shared(("reports", scope), lambda: reported_cubes.spans(self.connection, scope))

    @Once
    def facilities(self) -> list[dict[str, Any]]:
        """The facility list, as far as the reader may see it."""
        return self.shared("facilities", lambda: facilities.listed(self.connection, self.grant.scope))

    @Once
    def districts(self) -> Districts:
        """The district of each facility of the list in each cell.

        Of an account for single facilities there is none of them: a part is not shown as a district.
        """

        def read() -> Districts:
            scope = self.grant.scope
            whole = [
                one
                for one in self.facilities
                if scope.holds(one["province"]) or one["operational_district"] in scope.districts
            ]
            return placed.read(self.connection, whole)

        return self.shared("districts", read)

    @property
    def by_district(self) -> bool:
        """Whether it asks by operational district."""
        return self.query.by == DISTRICT

    @Once
    def district_names(self) -> Mapping[str, str]:
        """Districts in which facilities count in the period, and the province of the first of them.

        An account of a district is told of it alone, and not of where its facilities were before.
        """
        used = self.period
        cells = (NEVER, NEVER) if used is None else (used.first_cell, used.last_cell)
        return self.shared(("district names", cells), lambda: self._names_in(*cells))

    def _names_in(self, *cells: int) -> dict[str, str]:
        scope, districts = self.grant.scope, self.districts
        found: dict[str, str] = {}
        for one in self.facilities:
            name = one["facility_id"]
            if name not in districts.listed:
                continue
            for district in districts.during(name, *cells) - {UNKNOWN}:
                if scope.holds(one["province"]) or district in scope.districts:
                    found.setdefault(district, one["province"])
        return found

    @Once
    def _districts_sent(self) -> frozenset[str]:
        """Districts of the facilities that sent anything in the period."""
        used = self.period
        if used is None:
            return frozenset()
        cells = used.first_cell, used.last_cell
        return frozenset(name for one in self.sent for name in self.districts.during(one, *cells))

    @Once
    def sent(self) -> frozenset[str]:
        """Facilities that sent a record in the period, of any disease but HIV and syphilis."""
        used = self.period
        if used is None:
            return frozenset()
        cells = (used.first_cell, used.last_cell)

        def senders() -> frozenset[str]:
            sent = reporting_completeness.facilities_reporting(self.connection, self.grant.scope, *cells)
            return sent | reported_cubes.senders(self.connection, self.grant.scope, *cells)

        return self.shared(("senders", cells), senders)

    def reported(self, code: str | None) -> bool:
        """Whether a facility reported that would have sent this place's records, of any disease.

        For a facility it is itself; for a province of care its facilities. Homes, places of infection and
        crossings do not report, nor does what is unknown: for them it is anybody.
        """
        if self.query.dimension == "facility" and code not in (None, UNKNOWN):
            return code in self.sent
        if self.query.dimension == "care" and code not in (None, UNKNOWN):
            return code in self._provinces_sent
        if self.by_district and code not in (None, UNKNOWN):
            return code in self._districts_sent
        return self._anybody

    def reporting_cells(self, cells: Iterable[int], code: str | None) -> frozenset[int]:
        """The cells in which a facility reported that would have sent this place's records."""
        own = None if code == UNKNOWN else code
        if own is not None and self.query.dimension == "care" and "_cells_told" in self.__dict__:
            return frozenset(cells) & self._cells_told.get(own, set())
        if own is not None and self.by_district:
            return reporting_completeness.cells_of_district(
                self.connection, self.grant.scope, cells, self.districts, own
            )
        return reporting_completeness.reporting_cells(
            self.connection,
            self.grant.scope,
            cells,
            province=own if self.query.dimension == "care" else None,
            facility_id=own if self.query.dimension == "facility" else None,
        )

    @Once
    def _cells_told(self) -> Mapping[str, set[int]]:
        """The cells of the period in which a facility of each province of care reported."""
        used = self.period
        if used is None:
            return {}
        return reporting_completeness.cells_of_provinces(
            self.connection, self.grant.scope, used.first_cell, used.last_cell
        )

    def reports_at(self, code: str | None, days: Period | None = None) -> tuple[int, int] | None:
        """Reports that came and that were due from the facilities of an area; of all that are seen (`None`).

        None where nothing was due, where the account is not told, or where the area is no place of care:
        homes, places of infection and crossings owe no report. `days`: of a part of the period,
        in which reports that are still awaited count as due.
        """
        by, used = self.query.dimension, self.period
        if used is None or not self._tells_reports or (code is not None and by not in (*_OWN, DISTRICT)):
            return None
        found = self.shared(("judged", used), self._judged)
        if self.by_district:
            placed_in = self.shared(("in districts", used), lambda: in_districts(found, self.districts))
            if days is None:
                return self.shared(("came", used, by), lambda: came_in(*placed_in)).get(code)
            by_day = self.shared(
                ("came by day", used, by, code),
                lambda: Came(
                    replace(found, reports=placed_in[0]),
                    np.array([code is None or name == code for name in placed_in[1]], bool),
                ),
            )
            return by_day.within(days.start, days.end)
        if days is not None:
            by_day = self.shared(
                ("came by day", used, by, code),
                lambda: Came(
                    found, np.array([code is None or row[_OWN[by]] == code for row in found.facilities], bool)
                ),
            )
            return by_day.within(days.start, days.end)
        every = self.shared(("came", used, by), lambda: came_by(found, _OWN.get(by)))
        return every.get(code)

    def without_reports(self) -> Self:
        """This reading, and those made from it: their values do not say which reports came."""
        self._memory.pop(JUDGES, None)
        return self

    @property
    def _tells_reports(self) -> bool:
        """Whether the account is told who reported, of the present: not of a release, nor of the past."""
        return (
            JUDGES in self._memory
            and self.grant.can(Permission.SEE_REPORTING)
            and getattr(self, "release", None) is None
            and self.query.as_of is None
        )

    def _judged(self) -> Judged:
        used = self.period
        assert used is not None  # noqa: S101 - asked before
        on = min(self.today, (self.ends or self.today) + timedelta(days=1))
        found: Judged = self._memory[JUDGES](self.connection, used.start, used.end, on)
        return found

    @property
    def begins(self) -> date | None:
        """First day of the first cell that anybody reported on, as far as that is known; else None."""
        if not self._days:
            return None
        return max(self._days[0], self.held_from) if self.held_from else self._days[0]

    @property
    def ends(self) -> date | None:
        """Last day of the last cell with a report; None without any."""
        return self._days[1] if self._days else None

    def with_data(self, period: Period) -> Period | None:
        """The part of a period in which there is data of any disease: a century of empty weeks helps none."""
        days = list(self._days)
        cube = replace(self.cube, first=None, last=None, filters={})
        span = self.shared(
            ("span", cube.disease, cube.dimension),
            lambda: cube_query.span(self.connection, self.grant.scope, cube),
        )
        if span is not None:
            # Treatments may begin outside the days of the visits.
            days += [day_of_number(span[0]), time_cell_last_day(day_of_number(span[1]))]
        if not days or max(days) < period.start or min(days) > period.end:
            return None
        return Period(max(period.start, min(days)), min(period.end, max(days)))

    @Once
    def _days(self) -> tuple[date, ...]:
        """First and last day of the cells with a record of any disease, or a report of none."""
        with_reports = self.query.dimension in reported_cubes.KNOWN
        return self.shared(("days", with_reports), lambda: self._first_and_last(with_reports))

    def _first_and_last(self, with_reports: bool) -> tuple[date, ...]:
        spans = [reporting_completeness.first_and_last_reported(self.connection, self.grant.scope)]
        if with_reports:
            spans += self._spans_of_reports(self.grant.scope).values()
        held = [span for span in spans if span is not None]
        if not held:
            return ()
        first, last = min(span[0] for span in held), max(span[1] for span in held)
        return day_of_number(first), time_cell_last_day(day_of_number(last))

    @Once
    def _provinces_sent(self) -> frozenset[str]:
        return frozenset(f["province"] for f in self.facilities if f["facility_id"] in self.sent)

    @Once
    def _anybody(self) -> bool:
        used = self.period
        if used is None:
            return False
        cells = (used.first_cell, used.last_cell)
        return self.shared(
            ("anybody", cells),
            lambda: reporting_completeness.anybody(self.connection, self.grant.scope, *cells),
        )
