"""Places in a funnel, as an account may see them: those whose values are shown, around all together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.funnel_filters import CHANCE, FunnelQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from dashboard.services.coverage.table import AreaValue, CoverageTable
from dashboard.services.disclosure import rules
from db.core.engine import Database
from surveillance.errors import StatisticsError
from surveillance.rates.funnel import FEWEST_PLACES, Funnel, funnel
from surveillance.status import SHOWN
from surveillance.texts import N_

NOTHING = N_("No place has a value that is shown: there is nothing to compare.")
TOO_FEW = N_("Widened limits need {most} places with a value: these are the limits of chance alone.")


@dataclass(frozen=True)
class PlacesInFunnel:
    """A question and its answer. `found`: None where `hidden` says why. `plain`: whether limits of chance
    alone stand in place of widened ones, since places are few."""

    query: FunnelQuery
    table: CoverageTable
    rows: tuple[AreaValue, ...] = ()
    found: Funnel | None = None
    hidden: str = ""
    plain: bool = False

    def records(self, language: str) -> list[dict[str, Any]]:
        """One row for each place of the table; limits are empty where a value is not shown."""
        place = {row.area.code: at for at, row in enumerate(self.rows)}
        listed = []
        for row in self.table.rows:
            value, at = row.value, place.get(row.area.code)
            limits: dict[str, Any] = dict.fromkeys(LIMITS)
            if self.found is not None and at is not None:
                sides = (self.found.lower, self.found.upper)
                limits = {name: float(sides[side][level][at]) for name, (level, side) in LIMITS.items()}
                limits["beyond"] = int(self.found.beyond[at])
            listed.append({
                "code": row.area.code, "name": row.area.name(language), "numerator": value.numerator,
                "denominator": value.denominator, "value": value.coverage, "target": self.target, **limits,
                "beyond": limits.get("beyond"), "status": value.status.value,
            })  # fmt: skip
        return listed

    @property
    def target(self) -> float | None:
        """The proportion of all together."""
        return None if self.found is None else self.found.target


#: Columns of limits: level and side of each.
LIMITS = {"lower_95": (0, 0), "upper_95": (0, 1), "lower_998": (1, 0), "upper_998": (1, 1)}


def places(database: Database, grant: Grant, query: FunnelQuery, today: date) -> PlacesInFunnel:
    """Answer the question of a funnel.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    UsageError
        The question contradicts itself.
    """
    query.check()
    table = view.table(database, grant, query.coverage, today)
    if reason := table.reason or rules.reason_hidden(grant, query.coverage):
        return PlacesInFunnel(query, table, hidden=reason)
    rows = tuple(row for row in table.rows if row.value.status in SHOWN and row.value.denominator)
    if not rows:
        return PlacesInFunnel(query, table, hidden=NOTHING)
    plain = query.spread != CHANCE and len(rows) < FEWEST_PLACES
    asked = replace(query, spread=CHANCE) if plain else query
    try:
        found = _funnel(rows, asked)
    except StatisticsError as error:
        return PlacesInFunnel(query, table, hidden=str(error))
    return PlacesInFunnel(query, table, rows, found, plain=plain)


def _funnel(rows: tuple[AreaValue, ...], query: FunnelQuery) -> Funnel:
    return funnel(
        [float(row.value.numerator or 0) for row in rows],
        [float(row.value.denominator or 0) for row in rows],
        dispersion=query.spread,  # type: ignore[arg-type]
    )
