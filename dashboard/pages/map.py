"""The map page: its shell, and the one callback that answers an address with map, table and panel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import requests
from dashboard.components.area_panel import GRAPH_CONFIG, area_panel
from dashboard.components.controls import STEPS, VIEWS, periods, year_before
from dashboard.components.legend import legend
from dashboard.components.table import area_table, total_name
from dashboard.figures.area_map import area_map
from dashboard.filters import CoverageQuery, read_day, read_query
from dashboard.messages import Translate, translator
from dashboard.pages.map_layers import layers, not_drawn
from dashboard.permissions import Permission
from dashboard.services import coverage as coverage_service
from dashboard.services import data_status as status_service
from dashboard.services import view as view_service
from dashboard.services.coverage import CoverageTable
from dashboard.services.data_status import DataStatus
from dashboard.services.imports import today_in_cambodia
from dashboard.services.store import Database
from surveillance.errors import UserError
from surveillance.indicators import MEASURES
from surveillance.vocabulary import DISEASES, SENSITIVE_AXES

_DEFAULT_DISEASE = "malaria"
_OUTPUTS = (
    "title",
    "subtitle",
    "problem",
    "map",
    "legend",
    "table",
    "not-drawn",
    "panel",
    "resolved",
    "export",
)


def layout(database: Database) -> html.Div:
    """The shell, in the reader's language; what it shows comes from the address."""
    t = translator(requests.language())
    grant = requests.grant()
    address = f"/export/coverage.csv?disease={_DEFAULT_DISEASE}"
    export = html.A(t("Download this table (CSV)"), id="export", className="quiet", href=address)
    if not grant.can(Permission.EXPORT_TABLES):
        export = html.Span(id="export")
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="clicked"),
            html.Div(
                [
                    html.H1(id="title"),
                    html.P(id="subtitle", **{"aria-live": "polite"}),
                    html.P(id="problem", role="alert"),
                    html.Div(
                        [
                            html.Section(_map_section(t), className="card map", **{"aria-label": t("Map")}),
                            html.Section(id="panel", className="card panel", **{"aria-label": t("Area")}),
                            html.Section(
                                [html.Div(id="table"), html.Div(id="not-drawn"), export],
                                className="card table",
                                **{"aria-label": t("Table")},
                            ),
                        ],
                        className="grid",
                    ),
                ]
            ),
            html.Span(id="resolved", hidden=True),
        ],
        lang=requests.language(),
    )


def _map_section(t: Translate) -> list[Any]:
    return [
        html.Div(
            dcc.Graph(id="map", config=GRAPH_CONFIG, responsive=True, figure={"layout": {"height": None}}),
            className="map-frame",
            role="img",
            **{"aria-label": t("Map; the table says the same")},
        ),
        html.Div(id="legend"),
    ]


def complete(given: Mapping[str, str], status: DataStatus) -> dict[str, str]:
    """An address with what it leaves open: malaria, testing, the last twelve months of the data."""
    full = dict(given)
    full.setdefault("disease", _DEFAULT_DISEASE)
    if status.first_visit and status.last_visit:
        full.setdefault("to", status.last_visit.isoformat())
        full.setdefault(
            "from", max(status.first_visit, year_before(_day(full["to"], status.last_visit))).isoformat()
        )
    return full


def _day(text: str, otherwise: date) -> date:
    try:
        return read_day(text)
    except ValueError:
        return otherwise  # read_query says what is wrong with it


def answer(database: Database, search: object) -> dict[str, Any]:
    """Everything the page shows for one address, by the id it belongs to."""
    t = translator(requests.language())
    grant = requests.grant()
    status = status_service.data_status(database)
    given = complete(requests.parameters(search), status)
    query = read_query(given)
    step = given.get("step") if given.get("step") in STEPS else "week"
    today = today_in_cambodia()
    table, panel = view_service.view(database, grant, query, given.get("area"), today, step)
    selected = panel.code
    language = requests.language()
    question = query.parameters()
    keep = question | ({"step": str(step)} if step != "week" else {})
    name = next((r.area.name(language) for r in table.rows if r.area.code == selected), total_name(table, t))
    measure = MEASURES[query.measure]
    return {
        "title": f"{t(DISEASES[query.disease].name)}: {_measure_name(query, t)}",
        "subtitle": _subtitle(table, t),
        "problem": t(reason) if (reason := coverage_service.reason_hidden(grant, query)) else "",
        "map": area_map(layers(database, grant, table, selected, language), t),
        "legend": legend(query.measure, t(measure.name), query.by, t),
        "table": area_table(table, selected, keep, language, t),
        "not-drawn": not_drawn(table, language, t),
        "panel": area_panel(panel, name, query.measure, str(step), t),
        "resolved": json.dumps(_resolved(query, str(step), selected, status, t)),
        "export": "/export/coverage.csv?" + urlencode(question),
    }


def _measure_name(query: CoverageQuery, t: Translate) -> str:
    if query.measure == "testing":
        return t("tested, of those seen and eligible")
    measure = MEASURES[query.measure]
    return f"{t(measure.numerator)} / {t(measure.denominator)}"


def _subtitle(table: CoverageTable, t: Translate) -> str:
    query, period = table.query, table.period
    view = t(VIEWS[f"{query.by}:{query.place}"])
    if period is None:
        return view
    return f"{view} · {period.start.isoformat()} – {period.end.isoformat()}"


def _resolved(
    query: CoverageQuery, step: str, selected: str | None, status: DataStatus, t: Translate
) -> dict[str, Any]:
    """What the controls should show."""
    state: dict[str, Any] = query.parameters() | {"step": step, "area": selected or ""}
    state["view"] = f"{query.by}:{query.place}"
    spans = {value for value, _ in periods(status, t)}
    span = f"{state.get('from', '')}..{state.get('to', '')}"
    state["period"] = span if span in spans else ""
    if DISEASES[query.disease].sensitive:
        state["unavailable"] = sorted(SENSITIVE_AXES - set(query.groups))
    return state


def register(app: Dash, database: Database) -> None:
    """Add the page's callbacks."""
    properties = {"map": "figure", "export": "href"}

    @app.callback(
        [Output(name, properties.get(name, "children")) for name in _OUTPUTS[:-1]]
        + [Output("export", "href", allow_duplicate=True)],
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call="initial_duplicate",
    )
    def show(search: object, _pathname: object) -> list[Any]:
        try:
            found = answer(database, search)
        except UserError as error:
            found = answer(database, "") | {"problem": str(error)}
        if "map" not in found:
            raise PreventUpdate
        return [found[name] for name in _OUTPUTS]

    app.clientside_callback(
        ClientsideFunction("chhlang", "selectArea"), Output("clicked", "data"), Input("map", "clickData")
    )
