"""Vans of one question: the design effect of every count that answers it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dashboard.services.once import Once
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes.query import CubeQuery
from db.vans import query as van_query
from surveillance.coverage.design_effect import VanSums, design_effect
from surveillance.coverage.estimates import Counts
from surveillance.epiweek import PeriodKind, day_of_number, period_first_day

#: Gives what was read under a key, or reads it.
Shared = Callable[[Hashable, Callable[[], Any]], Any]


def _read_alone(_: Hashable, read: Callable[[], Any]) -> Any:
    return read()


class Vans:
    """Sums over vans of one question, read once. `query` None: the question has no answer, or no period.

    `alone`: gives the one place that has all the people, where there is one: all together are then its own.
    `shared`: keeps what other questions of the reader need too. `together`: measures that are asked for of
    every disease, and so are read at once.
    """

    def __init__(
        self,
        connection: Connection,
        scope: Scope,
        query: CubeQuery | None,
        alone: Callable[[], str | None] = lambda: None,
        shared: Shared = _read_alone,
        together: Sequence[str] = (),
    ) -> None:
        self._connection, self._scope, self._alone = connection, scope, alone
        self._shared, self._together = shared, together
        self._query = None if query is None else replace(query, filters={}, stays=None)
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
        return {} if self._query is None else self._by_place(self._query)

    def _by_place(self, query: CubeQuery) -> Mapping[str, list[VanSums]]:
        if query.measure not in self._together:
            return van_query.by_place(self._connection, self._scope, query)
        several: Mapping[tuple[str, str], Mapping[str, list[VanSums]]] = self._shared(
            ("vans", query.dimension, query.first, query.last),
            lambda: van_query.of_several(self._connection, self._scope, query, self._together),
        )
        return several.get((query.disease, query.measure), {})

    @Once
    def _everywhere(self) -> list[VanSums]:
        if self._query is None:
            return []
        return [sums for parts in self._by_place(van_query.whole(self._query)).values() for sums in parts]

    @Once
    def _pooled(self) -> float | None:
        if self._query is None:
            return None
        known: Mapping[tuple[str, str], float] = self._shared(
            "correlations", lambda: van_query.correlations(self._connection)
        )
        return known.get((self._query.disease, self._query.measure))
