"""The map page: its shell, and the one callback that answers an address with map, table and panel."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any
from urllib.parse import urlencode

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from dashboard.components.attributes import attributes
from dashboard.components.controls import closed_to, list_of
from dashboard.components.coverage import words
from dashboard.components.coverage.legend import legend
from dashboard.components.coverage.panel import GRAPH_CONFIG, area_groups, area_panel
from dashboard.components.coverage.table import area_table
from dashboard.figures.area_map import area_map
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate, translator
from dashboard.pages import heading
from dashboard.pages.map_layers import layers, not_drawn
from dashboard.pages.question import DEFAULT_DISEASE, MapQuestion, read, resolved, without
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import view as view_service
from dashboard.services.coverage.as_of import status_at
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.panel import Panel
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure import rules
from dashboard.services.imports import data_status as status_service
from dashboard.services.store import Database
from dashboard.web import request_context
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

_OUTPUTS = (
    "title",
    "subtitle",
    "past",
    "problem",
    "map",
    "legend",
    "table",
    "table-key",
    "not-drawn",
    "panel",
    "groups",
    "resolved",
    "export",
)


def layout(database: Database) -> html.Div:
    """The shell, in the reader's language; what it shows comes from the address."""
    t = translator(request_context.language())
    grant = request_context.grant()
    address = f"/export/coverage.csv?disease={DEFAULT_DISEASE}"
    export = html.A(t("Download this table (CSV)"), id="export", className="quiet", href=address)
    if not grant.can(Permission.EXPORT_TABLES):
        export = html.A(id="export", hidden=True)
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="clicked"),
            dcc.Store(id="table-key"),
            html.Div(
                [
                    html.H1(id="title"),
                    html.P(id="subtitle", **attributes(aria_live="polite")),
                    html.Div(id="past", role="status"),
                    html.Div(id="problem", role="alert"),
                    html.Div(
                        [
                            html.Section(
                                _map_section(t), className="card map", **attributes(aria_label=t("Map"))
                            ),
                            html.Div(
                                [
                                    html.Section(
                                        id="panel", className="card panel", **attributes(aria_label=t("Area"))
                                    ),
                                    html.Section(
                                        id="groups",
                                        className="card groups",
                                        **attributes(aria_label=t("Groups")),
                                    ),
                                ],
                                className="side",
                            ),
                            html.Section(
                                [html.Div(id="table"), html.Div(id="not-drawn"), export],
                                className="card table",
                                **attributes(aria_label=t("Table")),
                            ),
                        ],
                        className="grid",
                    ),
                ]
            ),
            html.Span(id="resolved", hidden=True),
        ],
        lang=request_context.language(),
    )


def _map_section(t: Translate) -> list[Any]:
    closer = (("in", "+", t("Zoom in")), ("out", "−", t("Zoom out")), ("whole", "⤢", t("Whole map")))
    graph = dcc.Graph(id="map", config=GRAPH_CONFIG, responsive=True, figure={"layout": {"height": None}})
    return [
        html.Div(
            [
                html.Div(graph, role="img", **attributes(aria_label=t("Map; the table says the same"))),
                html.Div(
                    [
                        html.Button(
                            html.Span(sign, **attributes(aria_hidden="true")),
                            type="button",
                            className="quiet",
                            title=name,
                            **attributes(data_zoom=step, aria_label=name),
                        )
                        for step, sign, name in closer
                    ],
                    className="zoom",
                    role="group",
                    **attributes(aria_label=t("Look closer")),
                ),
            ],
            className="map-frame",
        ),
        html.Div(id="legend"),
    ]


def answer(database: Database, search: object, table_shown: object = None) -> dict[str, Any]:
    """Everything the page shows for one address, by the id it belongs to.

    `table_shown`: the key of the table that the browser holds; the same one is not sent again.
    """
    t, language, grant = (
        translator(request_context.language()),
        request_context.language(),
        request_context.grant(),
    )
    status, today = status_service.data_status(database), today_in_cambodia()
    question = read(search, status, today, lambda day: status_at(database, status, day, today))
    try:
        table, panel, shift = _view(database, grant, question, today)
    except UsageError as error:
        if error.parameter not in question.given:
            raise
        question = without(question, error, status, today)
        table, panel, shift = _view(database, grant, question, today)
    selected, everything = panel.code, words.total_name(table, grant, t)
    name = next((row.area.name(language) for row in table.rows if row.area.code == selected), everything)
    asked = "" if selected or question.by == "crossing" else question.area
    elsewhere = "" if grant.scope.national else asked
    address = {key: text for key, text in question.given.items() if key not in ("area", "step")}
    html_table = area_table(table, shift, address, everything, language, t)
    key = hashlib.sha256(html_table.encode()).hexdigest()[:16]
    measure = MEASURES[question.measure]
    step = "year" if panel.yearly else question.step or ""
    state = resolved(question, search, selected, today, t)
    for control, values in closed_to(grant, question).items():
        state["off"][control] = values is True or [*list_of(state["off"].get(control)), *values]
    back = (t("All areas") if grant.scope.national else everything, f"?{urlencode(address)}")
    return {
        "title": f"{t(DISEASES[question.disease].name)}: {words.what_is_counted(measure, t)}",
        "subtitle": heading.subtitle(table, t, question.days),
        "past": heading.past(question, t),
        "problem": [
            *heading.problems(question, rules.reason_hidden(grant, question), t),
            *heading.limits(table, elsewhere, t),
        ],
        "map": area_map(layers(database, grant, table, shift, selected, language), t),
        "legend": legend(question.measure, t(measure.name), question.by, t, scoped=not grant.scope.national),
        "table": no_update if key == table_shown else html.Div(**attributes(data_html=html_table)),
        "table-key": key,
        "not-drawn": not_drawn(table, grant, language, t),
        "panel": area_panel(panel, name, question.measure, step, t, back),
        "groups": area_groups(panel, t),
        "resolved": json.dumps(state),
        "export": f"/export/coverage.csv?{urlencode(question.parameters(CoverageQuery))}"
        if grant.can(Permission.EXPORT_TABLES)
        else no_update,
    }


def _view(
    database: Database, grant: Grant, question: MapQuestion, today: date
) -> tuple[CoverageTable, Panel, Changes]:
    return view_service.view(database, grant, question, question.area, today, question.step)


def register(app: Dash, database: Database) -> None:
    """Add the page's callbacks."""
    properties = {"map": "figure", "table-key": "data"}

    @app.callback(
        [Output(name, properties.get(name, "children")) for name in _OUTPUTS[:-1]]
        + [Output("export", "href", allow_duplicate=True)],
        Input("url", "search"),
        State("table-key", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def show(search: object, table_shown: object) -> list[Any]:
        found = answer(database, search, table_shown)
        return [found[name] for name in _OUTPUTS]

    app.clientside_callback(
        ClientsideFunction("chhlang", "selectArea"), Output("clicked", "data"), Input("map", "clickData")
    )
