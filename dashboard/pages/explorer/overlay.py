"""From an address's layer to what lies over the provinces, and what the legend says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.components import scope_words
from dashboard.components.addresses import map_page
from dashboard.components.attributes import attributes
from dashboard.components.clusters.watched import watch_view
from dashboard.components.controls import Choice
from dashboard.components.coverage.legend import legend
from dashboard.figures import overlay as figure
from dashboard.figures import theme
from dashboard.figures.overlay import Circle, Overlay, RingAt
from dashboard.figures.tokens import light, variable
from dashboard.messages import Translate
from dashboard.pages.explorer.across import across_layer
from dashboard.pages.explorer.question import LAYERS, MapQuestion
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters import watch as cluster_watch
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.explorer import layers as service
from dashboard.services.places import areas
from dashboard.services.store import Database
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.indicators import MEASURES

#: A layer that needs a permission more than the map.
_CLUSTERS = "clusters"


#: What is drawn where nothing else is asked for.
COVERAGE = Overlay()


@dataclass(frozen=True)
class Layered:
    """What a layer draws, and its part of the legend."""

    overlay: Overlay
    notes: list[Any]


def layer_choice(t: Translate, grant: Grant | None) -> Choice:
    """The control of the layer; clusters only for those who may see them."""
    offered = [(code, t(name)) for code, name in LAYERS.items()]
    if grant is not None and not grant.can(Permission.RUN_CLUSTERS):
        offered = [(code, name) for code, name in offered if code != _CLUSTERS]
    return Choice("layer", t("On the map"), offered)


def layered(
    database: Database,
    grant: Grant,
    question: MapQuestion,
    table: CoverageTable,
    language: str,
    t: Translate,
    closed: Mapping[str, str],
) -> Layered:
    """What the layer of a question draws. `closed`: closed crossings, with since when."""
    if question.layer == "counts":
        return _counts(database, grant, question, table, language, t)
    return without_values(database, grant, question, language, t, closed)


def without_values(
    database: Database,
    grant: Grant,
    question: MapQuestion,
    language: str,
    t: Translate,
    closed: Mapping[str, str],
) -> Layered:
    """What a layer draws that shows no value of the areas."""
    if question.layer == "crossings":
        return _crossings(database, grant, question, language, t, closed)
    if question.layer == "neighbours":
        return Layered(*across_layer(database, grant, question, language, t))
    if question.layer == _CLUSTERS:
        return _clusters(database, grant, question, language, t)
    return Layered(Overlay(question.layer, facilities=question.layer == "facilities"), [])


def _counts(
    database: Database, grant: Grant, question: MapQuestion, table: CoverageTable, language: str, t: Translate
) -> Layered:
    """Circles of how many, over provinces without a colour."""
    counted = t(MEASURES[question.measure].numerator)
    entries = []
    for row in table.rows:
        value, name = row.value, row.area.name(language)
        look = theme.look_of(value, question.measure)
        known = value.numerator is not None and value.coverage is not None
        said = f"{name}: {_counted(value, counted, t) if known else t(look.label)}"
        entries.append((row.area.code, said, value.numerator if known else None, look.sign))
    title = t("People: {counted}").format(counted=counted)
    return circles_of(database, grant, question.by, entries, title, language, t)


def circles_of(
    database: Database,
    grant: Grant,
    by: str,
    entries: Iterable[tuple[str, str, int | None, str]],
    title: str,
    language: str,
    t: Translate,
) -> Layered:
    """Circles of counts.

    `entries`: code of an area, what is said of it, how many (None: not told), and the sign in their place.
    """
    held: dict[str, tuple[float, float]] = {}
    if by == "facility":
        held = {code: (lat, lon) for code, _, lat, lon in areas.facility_positions(database, grant, language)}
    elif by == "district":
        held = {name: (lat, lon) for name, lat, lon in areas.district_positions(database, grant)}
    facilities = by == "facility"
    circles = [
        Circle(code, *where, said, people, "" if facilities else sign if people is None else f"{people:,}")
        for code, said, people, sign in entries
        if (where := held.get(code) or _position(code, by)) is not None
    ]
    return Layered(
        Overlay("counts", circles, plain=True, gates=False),
        [html.P(title, className="legend-title"), _sizes(t)],
    )


def _counted(value: Estimate, counted: str, t: Translate) -> str:
    said = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    return f"{counted}: {said}"


def _position(code: str, by: str) -> tuple[float, float] | None:
    if by == "crossing":
        return CROSSINGS[code].position if code in CROSSINGS else None
    province = PROVINCES.get(code) if by == "province" else None
    return (province.label_lat, province.label_lon) if province else None


def _crossings(
    database: Database,
    grant: Grant,
    question: MapQuestion,
    language: str,
    t: Translate,
    closed: Mapping[str, str],
) -> Layered:
    """Circles of recorded patients at the crossings that they named."""
    found = service.people_by_crossing(database, grant, question, today_in_cambodia())
    address = {k: v for k, v in question.given.items() if k not in ("area", "step", "place", "by", "layer")}
    own = grant.scope.provinces
    circles = []
    for gate in CROSSINGS.values():
        if gate.position is None or not (gate.id in found.of or own is None or gate.pcode in own):
            continue
        people = found.of.get(gate.id, None if found.reason else 0)
        said = t("hidden") if people is None else t("{count:,} recorded patients").format(count=people)
        if gate.id in closed:
            said = f"{closed[gate.id]}; {said}" if people != 0 else closed[gate.id]
        circles.append(
            Circle(
                gate.id,
                *gate.position,
                f"{gate.name(language)}: {said}",
                people,
                href=map_page(address | {"by": "crossing", "area": gate.id}),
                closed=gate.id in closed,
            )
        )
    said = t("People through a crossing: recorded patients who named it; arrivals are not recorded here.")
    reason: list[Any] = [html.P(t(found.reason), className="legend-meaning")] if found.reason else []
    return Layered(
        Overlay("crossings", [] if found.reason else circles, gates=bool(found.reason)),
        [
            html.P(said, className="legend-meaning"),
            *(reason or [_sizes(t, untold=any(one.people is None for one in circles))]),
        ],
    )


def _clusters(
    database: Database, grant: Grant, question: MapQuestion, language: str, t: Translate
) -> Layered:
    """Rings around clusters that the standing questions found; no count of them is shown."""
    found = cluster_watch.on_map(database, grant, question.disease)
    if found is None:
        said = t("Clusters are shown to accounts that may look for them.")
        return Layered(Overlay(), [html.P(said, className="legend-meaning")])
    rows = watch_view(found, language, t, looks=True).rows
    rings, elsewhere = [], []
    for cluster, row in zip(found.clusters, rows, strict=True):
        place = found.known.get(cluster.places, {}).get(cluster.centre or "")
        said = f"{row.title}: {row.where}; {row.cells['start'].text} – {row.cells['end'].text}; {row.change}"
        if place is None or place.position is None:
            elsewhere.append(html.Li(html.A(said, href=cluster.path)))
        else:
            rings.append(RingAt(*place.position, said, cluster.path))
    said = t(
        "Rings: clusters of this disease that stand now, whatever the period above. Press one to open it."
    )
    if not found.clusters:
        said = t("No cluster of this disease stands now.")
    notes: list[Any] = [
        html.P(
            [html.Span(className="ring-sign", **attributes(aria_hidden="true")), said],
            className="legend-meaning",
        )
    ]
    if elsewhere:
        notes += [html.P(t("Without a place on the map:")), html.Ul(elsewhere)]
    return Layered(Overlay(_CLUSTERS, rings=rings), notes)


def map_legend(question: MapQuestion, over: Layered, grant: Grant, t: Translate) -> list[Any]:
    """The legend of the map with what its layer adds; of counts the classes have no part in it."""
    if over.overlay.plain:
        return [html.Div(over.notes, role="group", **attributes(aria_label=t("Legend")))]
    name = t(MEASURES[question.measure].name)
    return [
        legend(question.measure, name, question.by, t, outside=scope_words.outside(grant.scope, t)),
        *over.notes,
    ]


def _sizes(t: Translate, *, untold: bool = False) -> html.Ul:
    """Circles of known size: the same for every period and place."""
    colour = variable(light("map-gate"))
    items = []
    for number in figure.SHOWN:
        width = f"{2 * figure.radius(number):g}px"
        text = t("{count:,} and more").format(count=number) if number == figure.SHOWN[-1] else f"{number:,}"
        style = {"width": width, "height": width, "backgroundColor": colour}
        items.append(
            html.Li([html.Span(className="sized-sign", style=style, **attributes(aria_hidden="true")), text])
        )
    if untold:
        sign = html.Span(className="sized-sign untold", **attributes(aria_hidden="true"))
        items.append(html.Li([sign, t("hidden")]))
    return html.Ul(items, className="legend sizes")
