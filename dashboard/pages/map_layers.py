"""From a coverage table to what the map draws, and to the list of what it cannot draw."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.figures.area_map import Layers, Point, Polygon
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services import facility_points
from dashboard.services.changes import Changes
from dashboard.services.coverage import CoverageTable
from dashboard.services.store import Database
from geodata import boundaries
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.estimates import Estimate

#: The crossing that most people pass: named on every map.
_NAMED = "TH01"


def geo_address(name: str) -> str:
    """Address of a boundary file; it changes with the file, so a browser may keep it."""
    return f"/geo/{boundaries.fingerprinted_name(name)}"


def layers(
    database: Database,
    grant: Grant,
    table: CoverageTable,
    shift: Changes,
    selected: str | None,
    language: str,
) -> Layers:
    """What to draw: provinces by value, or crossings or facilities by value over plain provinces."""
    values = {row.area.code: row.value for row in table.rows}
    by_province = table.query.by == "province"
    polygons = [
        Polygon(
            p.pcode, p.name(language), p.label_lat, p.label_lon, values.get(p.pcode) if by_province else None
        )  # type: ignore[arg-type]
        for p in PROVINCES.values()
    ]
    points = _crossings(values if table.query.by == "crossing" else {}, language)
    if table.query.by == "facility":
        points = [
            Point(code, name, lat, lon, False, False, values.get(code))
            for code, name, lat, lon in facility_points.positions(database, grant, language)
        ]
    return Layers(
        table.query.measure,
        geo_address("provinces"),
        geo_address("neighbours"),
        polygons,
        points,
        selected,
        shift.of,
    )


def _crossings(values: dict[str, Estimate], language: str) -> list[Point]:
    return [
        Point(c.id, c.name(language), c.lat, c.lon, c.approximate, c.id == _NAMED, values.get(c.id))  # type: ignore[arg-type]
        for c in CROSSINGS.values()
        if c.located
    ]


def not_drawn(table: CoverageTable, language: str, t: Translate) -> Any:
    """Crossings whose position is not known: listed instead of drawn."""
    if table.query.by == "facility":
        return None
    names = [c.name(language) for c in ALL_CROSSINGS.values() if not c.located and c.kind != "special"]
    return html.Details(
        [
            html.Summary(
                t("{count} crossings have no known position and are not drawn").format(count=len(names))
            ),
            html.P(" · ".join(names)),
            html.P(t("Whether a gate is open changes by the month and is not shown here.")),
        ]
    )
