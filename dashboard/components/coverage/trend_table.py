"""The trend of an area as a table, the latest period first: five years have 260 weeks.

These are the texts of the cells; `templates/trend_table.html` writes them, at an address of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.components.coverage.value_cells import ValueCells, value_cells
from dashboard.messages import Translate
from dashboard.services.coverage.panel import Panel, TrendPoint
from surveillance.coverage.indicators import MEASURES


@dataclass(frozen=True)
class Row:
    """One period. `days`: those that are left of a period that was cut off."""

    label: str
    days: str
    value: ValueCells


@dataclass(frozen=True)
class TrendTable:
    """What the template writes."""

    heads: list[str]
    rows: list[Row]


def trend_table(panel: Panel, measure: str, t: Translate) -> TrendTable:
    """The points of a trend."""
    value = t("{measure} (95% interval)").format(measure=t(MEASURES[measure].name))
    return TrendTable(
        [t("Period"), value, t("Counted"), t("Unknown")],
        [Row(p.label, days_left(p), value_cells(p.value, measure, t)) for p in reversed(panel.trend)],
    )


def days_left(point: TrendPoint) -> str:
    """The days that are left of a period that was cut off; blank for a whole one."""
    return "" if point.whole else f"{point.start.isoformat()} – {point.end.isoformat()}"
