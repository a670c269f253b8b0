"""From a coverage table to what the map draws, and to the list of what it cannot draw."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dash import html

from dashboard.components import scope_words
from dashboard.components.coverage.issued_words import SIGN
from dashboard.figures.area_map import Layers, Point, Polygon
from dashboard.figures.ground import COUNTRY, around
from dashboard.figures.overlay import Overlay
from dashboard.figures.theme import Painted
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.places import areas
from dashboard.services.store import Database
from geodata import boundaries
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Change, Estimate
from surveillance.vocabulary import UNKNOWN

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
    values = {row.area.code: row.value for row in table.rows}
    issued = frozenset(code for code, value in values.items() if value.issued)
    return layers_of(
        database,
        grant,
        values,
        table.query.by,
        selected,
        language,
        over,
        closed,
        measure=table.query.measure,
        changes=shift.of,
        issued=issued,
        mixed=table.mixed,
        own=None if table.release is not None else grant.scope.provinces,
    )


def layers_of(
    database: Database,
    grant: Grant,
    values: Mapping[str, Estimate | Painted],
    by: str,
    selected: str | None,
    language: str,
    over: Overlay | None = None,
    closed: Mapping[str, str] | None = None,
    *,
    measure: str = "",
    changes: Mapping[str, Change] | None = None,
    issued: frozenset[str] = frozenset(),
    mixed: bool = False,
    own: frozenset[str] | None = None,
) -> Layers:
    """What to draw of values by the code of their area. `own`: the provinces of an account of some."""
    over = over or Overlay()
    by_province = by == "province"
    polygons = [
        Polygon(
            p.pcode,
            p.name(language),
            p.label_lat,
            p.label_lon,
            values.get(p.pcode) if by_province else None,
            outside=not grant.scope.holds(p.pcode) and p.pcode not in issued,
            mark=SIGN if mixed and p.pcode in issued else "",
        )
        for p in PROVINCES.values()
    ]
    valued = values if by == "crossing" else {}
    points = _crossings(valued, own, language, closed or {}) if over.gates else []
    if by == "district":
        points = [
            Point(name, name, lat, lon, True, False, values.get(name), facility=True)
            for name, lat, lon in areas.district_positions(database, grant)
        ]
    if by == "facility" or own is not None or over.facilities:
        facilities = [
            Point(code, name, lat, lon, False, False, values.get(code), facility=True)
            for code, name, lat, lon in areas.facility_positions(database, grant, language)
        ]
        if by == "facility":
            points = facilities
        elif by_province:
            points = [*facilities, *points]
    boxes = boundaries.province_boxes()
    return Layers(
        measure,
        geo_address("provinces"),
        geo_address("neighbours"),
        polygons,
        points,
        selected,
        changes or {},
        COUNTRY if own is None else around([boxes[code] for code in sorted(own) if code in boxes]),
        over,
        language,
    )


def _crossings(
    values: Mapping[str, Estimate | Painted],
    own: frozenset[str] | None,
    language: str,
    closed: Mapping[str, str],
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


def not_drawn(
    database: Database, by: str, shown: Collection[str], grant: Grant, language: str, t: Translate
) -> Any:
    """Crossings that the map cannot show: without a position, or outside the provinces of an account; and
    what points stand for districts.

    `shown`: the areas of the table.
    """
    if by == "facility":
        return None
    if by == "district":
        return _of_districts(database, shown, grant, t)
    own = grant.scope.provinces
    away = [
        c.name(language)
        for c in CROSSINGS.values()
        if own is not None
        and by == "crossing"
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


def _of_districts(database: Database, shown: Collection[str], grant: Grant, t: Translate) -> html.Div:
    """That no borders are to be had, and the districts without a point."""
    said = t(
        "The borders of operational districts are not published for use here: provinces are the ground. A "
        "point stands at the middle of the facilities of a district, by the list of today."
    )
    placed = {name for name, _, _ in areas.district_positions(database, grant)}
    found: list[Any] = [html.P(said)]
    if names := sorted(set(shown) - placed - {UNKNOWN}):
        lacking = t("{count} districts have no facility with a position and are not drawn")
        found.append(
            html.Details([html.Summary(lacking.format(count=len(names))), html.P(" · ".join(names))])
        )
    return html.Div(found)
