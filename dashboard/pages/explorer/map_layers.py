"""From a coverage table to what the map draws, and to the list of what it cannot draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components import scope_words
from dashboard.components.coverage.issued_words import SIGN
from dashboard.figures.area_map import Layers, Point, Polygon
from dashboard.figures.ground import COUNTRY, around
from dashboard.figures.overlay import Overlay
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.places import areas
from dashboard.services.store import Database
from geodata import boundaries
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate

#: The crossing that most people pass: named on every map.
NAMED = "TH01"


def geo_address(name: str) -> str:
    """Address of a boundary file; it changes with the file, so a browser may keep it.

    It is written here and not taken from `url_for`: layers can be made without a request.
    """
    return f"/geo/{boundaries.fingerprinted_name(name)}"


def layers(
    database: Database,
    grant: Grant,
    table: CoverageTable,
    shift: Changes,
    selected: str | None,
    language: str,
    over: Overlay | None = None,
    closed: Mapping[str, str] | None = None,
) -> Layers:
    """What to draw: provinces by value, or crossings or facilities by value over plain provinces.

    `closed`: crossings that were closed on the last day shown, with since when.
    """
    over = over or Overlay()
    values = {row.area.code: row.value for row in table.rows}
    by_province = table.query.by == "province"
    issued = {code for code, value in values.items() if value.issued}
    own = None if table.release is not None else grant.scope.provinces
    polygons = [
        Polygon(
            p.pcode,
            p.name(language),
            p.label_lat,
            p.label_lon,
            values.get(p.pcode) if by_province else None,
            outside=not grant.scope.holds(p.pcode) and p.pcode not in issued,
            mark=SIGN if table.mixed and p.pcode in issued else "",
        )
        for p in PROVINCES.values()
    ]
    valued = values if table.query.by == "crossing" else {}
    points = _crossings(valued, own, language, closed or {}) if over.gates else []
    if table.query.by == "facility" or own is not None or over.facilities:
        facilities = [
            Point(code, name, lat, lon, False, False, values.get(code), facility=True)
            for code, name, lat, lon in areas.facility_positions(database, grant, language)
        ]
        if table.query.by == "facility":
            points = facilities
        elif by_province:
            points = [*facilities, *points]
    boxes = boundaries.province_boxes()
    return Layers(
        table.query.measure,
        geo_address("provinces"),
        geo_address("neighbours"),
        polygons,
        points,
        selected,
        shift.of,
        COUNTRY if own is None else around([boxes[code] for code in sorted(own) if code in boxes]),
        over,
        language,
    )


def _crossings(
    values: dict[str, Estimate], own: frozenset[str] | None, language: str, closed: Mapping[str, str]
) -> list[Point]:
    """Crossings that are drawn; for some provinces those in them, and those that have a value."""
    return [
        Point(
            c.id,
            c.name(language),
            *position,
            c.approximate,
            c.id == NAMED or own is not None,
            values.get(c.id),
            closed=closed.get(c.id, ""),
        )
        for c in CROSSINGS.values()
        if (position := c.position) and (own is None or c.pcode in own or c.id in values)
    ]


def not_drawn(table: CoverageTable, grant: Grant, language: str, t: Translate) -> Any:
    """Crossings that the map cannot show: without a position, or outside the provinces of an account."""
    if table.query.by == "facility":
        return None
    own = grant.scope.provinces
    shown = {row.area.code for row in table.rows}
    away = [
        c.name(language)
        for c in CROSSINGS.values()
        if own is not None
        and table.query.by == "crossing"
        and c.id in shown
        and c.pcode not in own
        and c.id not in grant.scope.crossings
    ]
    names = [
        c.name(language)
        for c in ALL_CROSSINGS.values()
        if not c.located and c.kind != "special" and (own is None or c.pcode in own)
    ]
    found: list[Any] = []
    if away:
        said = t("{count} crossings lie elsewhere, {outside}; records of your places name them.")
        found += [
            html.P(
                [
                    said.format(count=len(away), outside=scope_words.outside(grant.scope, t)),
                    " ",
                    " · ".join(away),
                ]
            )
        ]
    if names:
        said = t("{count} crossings have no known position and are not drawn").format(count=len(names))
        found += [html.Details([html.Summary(said), html.P(" · ".join(names))])]
    return html.Div(found) if found else None
