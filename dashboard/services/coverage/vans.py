"""Vans of one question: the design effect of every count that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from dashboard.services.once import Once
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes.query import CubeQuery
from db.vans import query as van_query
from surveillance.coverage.design_effect import VanSums, design_effect
from surveillance.coverage.estimates import Counts
from surveillance.epiweek import PeriodKind, day_of_number, period_first_day


class Vans:
    """Sums over vans of one question, read once. `query` None: the question has no answer, or no period.

    `alone`: gives the one place that has all the people, where there is one: all together are then its own.
    """

    def __init__(
        self,
        connection: Connection,
        scope: Scope,
        query: CubeQuery | None,
        alone: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._connection, self._scope, self._alone = connection, scope, alone
        self._query = None if query is None else replace(query, filters={})
        #: No sum over vans knows the crossing and who gave care: each crossing has the vans of the provinces.
        self._of_provinces = (
            query is not None and scope.provinces is not None and query.dimension not in van_query.LISTED
        )

    def effect(self, code: str | None, numerator: int, denominator: int) -> float:
        """The design effect of counts of one place, or (`None`) of all together."""
        return design_effect(numerator, denominator, self._of(code), self._pooled)

    def with_effects(
        self,
        counts: Mapping[date, Counts],
        code: str | None,
        kind: PeriodKind,
        joined: Mapping[date, date] | None = None,
    ) -> dict[date, Counts]:
        """Counts of one place (`None`: of all) by the first day of each period, with their effects.

        `joined`: first day of a period -> that of the period in which it is counted.
        """
        by_start: dict[date, dict[str, VanSums]] = {}
        for cell, parts in self._cells(code).items():
            start = period_first_day(day_of_number(cell), kind)
            held = by_start.setdefault((joined or {}).get(start, start), {})
            for part, sums in parts.items():
                held[part] = held.get(part, VanSums()) + sums
        return {
            start: replace(c, effect=self._effect(c, by_start.get(start, {}).values()))
            for start, c in counts.items()
        }

    def _effect(self, counts: Counts, strata: Iterable[VanSums]) -> float:
        return design_effect(counts.numerator, counts.denominator, list(strata), self._pooled)

    def _of(self, code: str | None) -> list[VanSums]:
        code = self._alone() if code is None else code
        if code is None or self._of_provinces:
            return self._everywhere
        return self._places.get(code, [])

    def _cells(self, code: str | None) -> Mapping[int, Mapping[str, VanSums]]:
        if self._query is None:
            return {}
        code = self._alone() if code is None else code
        place = None if self._of_provinces else code
        if place is not None and "_places_and_cells" in self.__dict__:
            return self._places_and_cells.get(place, {})
        return van_query.by_cell(self._connection, self._scope, self._query, place)

    def read_cells(self) -> None:
        """Read the cells of every place at once: they will be asked for."""
        _ = self._places_and_cells

    @Once
    def _places_and_cells(self) -> Mapping[str, Mapping[int, Mapping[str, VanSums]]]:
        if self._query is None or self._of_provinces:
            return {}
        return van_query.by_place_and_cell(self._connection, self._scope, self._query)

    @Once
    def _places(self) -> Mapping[str, list[VanSums]]:
        if self._query is None:
            return {}
        return van_query.by_place(self._connection, self._scope, self._query)

    @Once
    def _everywhere(self) -> list[VanSums]:
        return [] if self._query is None else van_query.everywhere(self._connection, self._scope, self._query)

    @Once
    def _pooled(self) -> float | None:
        if self._query is None:
            return None
        return van_query.pooled(self._connection, self._query.disease, self._query.measure)
