"""The map page: its shell, and the one callback that answers an address with map, table and panel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from flask import url_for

from dashboard.components.addresses import curve_page, map_page
from dashboard.components.attributes import attributes
from dashboard.components.calendar_words import closed_on, closed_within, said_of_windows
from dashboard.components.controls import closed_to, list_of, measures
from dashboard.components.coverage import words
from dashboard.components.coverage.figure_titles import figure_title
from dashboard.components.coverage.panel import GRAPH_CONFIG, area_groups, area_panel
from dashboard.components.fetched import fetched
from dashboard.components.place_pages.addresses import page_of
from dashboard.figures.area_map import area_map
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate, translator
from dashboard.pages.explorer import first_map, heading, indicator_view
from dashboard.pages.explorer.indicator_view import IndicatorAnswer
from dashboard.pages.explorer.map_layers import layers, not_drawn
from dashboard.pages.explorer.map_table import TABLE, Shown, kept, laid_down, trend_address
from dashboard.pages.explorer.overlay import layered, map_legend
from dashboard.pages.explorer.question import DEFAULT_DISEASE, MapQuestion, resolved
from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.panel import Panel
from dashboard.services.disclosure import rules
from dashboard.services.store import Database
from dashboard.web import request_context
from surveillance.calendar.entries import Entry
from surveillance.coverage.indicators import MEASURES

#: What the callback answers: id in the page -> property of its component.
_OUTPUTS = {
    "title": "children",
    "subtitle": "children",
    "past": "children",
    "problem": "children",
    "map": "figure",
    "legend": "children",
    "not-drawn": "children",
    "panel": "children",
    "groups": "children",
    "resolved": "data",
    "export": "href",
}


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
            dcc.Store(id="resolved"),
            # Indicators by programme: the script adds them to the measures, once.
            dcc.Store(id="measures", data=measures(t, grant)[1]),
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
                                [
                                    *fetched(t, id="table"),
                                    html.Div(id="not-drawn"),
                                    export,
                                ],
                                className="card table",
                                **attributes(aria_label=t("Table")),
                            ),
                        ],
                        className="grid",
                    ),
                ]
            ),
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
                html.Div(id="first-map", className="province-map-frame"),
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
        _time(t),
        # Filled by the script (assets/chhlang.js): the areas of the table, and a search of all places.
        html.Div(
            id="reach",
            className="reach",
            **attributes(
                data_areas="/map/areas",
                data_area_label=t("Area"),
                data_everything=t("All areas"),
                data_find_label=t("Find a province, operational district, crossing or facility"),
            ),
        ),
        html.Div(id="legend"),
    ]


def _time(t: Translate) -> html.Div:
    """The slider over the parts of the period; the script shows it where there are several."""
    return html.Div(
        [
            html.Button(
                "▶",
                id="time-play",
                type="button",
                className="quiet",
                title=t("Play"),
                **attributes(aria_label=t("Play"), data_stop=t("Stop"), data_play=t("Play")),
            ),
            html.Div(id="time-slider", className="time-slider"),
            html.Output(id="time-now", **attributes(data_whole=t("the whole period"))),
        ],
        id="time",
        className="time",
        hidden=True,
        role="group",
        **attributes(aria_label=t("Time"), data_label=t("Part of the period")),
    )


def answer(database: Database, search: object) -> dict[str, Any]:
    """Everything the page shows for one address, by the id it belongs to."""
    language, grant, today = request_context.language(), request_context.grant(), today_in_cambodia()
    t = translator(language)
    question, found = first_map.answer_to(database, grant, search)
    if isinstance(found, IndicatorAnswer):
        return _of_indicator(database, grant, search, found, today)
    table, panel, shift = found
    address = kept(question)
    selected, everything = panel.code, words.total_name(table, grant, t)
    name = next((row.area.name(language) for row in table.rows if row.area.code == selected), everything)
    asked = "" if selected or question.by == "crossing" else question.area
    elsewhere = "" if grant.scope.national or rules.reads_release(grant, question) else asked
    measure = MEASURES[question.measure]
    entries = calendar.entries(database, grant)
    closed = closed_on(entries, table.period.end if table.period else None, t)
    over = layered(database, grant, question, table, language, t, closed)
    step = "year" if panel.yearly else question.step or ""
    state = resolved(question, search, selected, today, t, issued=not rules.entitled(grant))
    state["table"] = laid_down().lay_down(grant, Shown(table, shift, address))
    for control, values in closed_to(grant, question).items():
        state["off"][control] = values is True or [*list_of(state["off"].get(control)), *values]
    back = (t("All areas") if grant.scope.national else everything, f"?{urlencode(address)}")
    return {
        "title": figure_title("map", question.disease, question.measure, t),
        "subtitle": heading.subtitle(table, t, question.days),
        "past": heading.past(question, t),
        "problem": [
            *heading.problems(question, table.reason or rules.reason_hidden(grant, question), t),
            *heading.limits(table, elsewhere, t),
        ],
        "map": area_map(layers(database, grant, table, shift, selected, language, over.overlay, closed), t),
        "legend": map_legend(question, over, grant, t),
        "not-drawn": not_drawn(
            database, question.by, {row.area.code for row in table.rows}, grant, language, t
        ),
        "panel": area_panel(
            panel,
            name,
            question.measure,
            step,
            t,
            back,
            trend_address(question, selected),
            page_of(question, selected),
            curve_page(question, selected or ""),
            _marked(entries, panel, question, selected, t),
            url_for("reporting.page"),
        ),
        "groups": area_groups(
            panel,
            t,
            figure_title("groups", question.disease, question.measure, t),
            _of_groups(panel, name, words.what_is_counted(measure, t)),
        ),
        "resolved": state,
        "export": f"/export/coverage.csv?{urlencode(question.parameters(CoverageQuery))}"
        if grant.can(Permission.EXPORT_TABLES)
        else no_update,
    }


def _of_indicator(
    database: Database, grant: Grant, search: object, found: IndicatorAnswer, today: date
) -> dict[str, Any]:
    """The same where the measure is an indicator."""
    language, question = request_context.language(), found.question
    t, address = translator(language), kept(question)
    rows = found.found.rows if found.found else ()
    selected, row = found.selected, found.row
    everything = indicator_view.everything(found, t)
    period = found.found.period if found.found else None
    closed = closed_on(calendar.entries(database, grant), period.end if period else None, t)
    over = indicator_view.layered(database, grant, found, language, t, closed)
    state = resolved(question, search, selected, today, t, issued=not rules.entitled(grant))
    state["table"] = f"{TABLE}?{urlencode(address | {'numbers': found.numbers})}"
    name = row.area.name(language) if row is not None and selected else everything
    own = indicator_view.asked(question)
    may = grant.can(Permission.EXPORT_TABLES)
    return {
        "title": indicator_view.title(found, t),
        "subtitle": indicator_view.subtitle(found, t),
        "past": heading.past(question, t),
        "problem": indicator_view.problems(found, t),
        "map": area_map(indicator_view.drawn(database, grant, found, over.overlay, language, t, closed), t),
        "legend": indicator_view.legend(found, over, grant, t),
        "not-drawn": not_drawn(database, question.by, {one.area.code for one in rows}, grant, language, t),
        "panel": indicator_view.panel(
            found, name, (everything, f"?{urlencode(address)}"), trend_address(question, selected), t
        ),
        "groups": [],
        "resolved": state,
        "export": f"{map_page()}.csv?{urlencode(own)}" if may else no_update,
    }


def _of_groups(panel: Panel, name: str, counted: str) -> str:
    """What the groups count, where and when."""
    days = f"{panel.period.start.isoformat()} – {panel.period.end.isoformat()}" if panel.period else ""
    return " · ".join(filter(None, (counted[:1].upper() + counted[1:], name, days)))


def _marked(
    entries: Sequence[Entry], panel: Panel, question: MapQuestion, selected: str | None, t: Translate
) -> list[str]:
    """What the calendar says of the days of a panel: of those compared, and of closed crossings."""
    if panel.period is None:
        return []
    language = request_context.language()
    shown = (panel.period.start, panel.period.end)
    windows = [shown]
    if panel.facts is not None:
        windows.append((panel.facts.earlier.start, panel.facts.earlier.end))
    found = [said_of_windows(entries, windows, language, t)] if panel.change is not None else []
    if question.by == "crossing":
        found.append(closed_within(entries, *shown, language, t, [selected] if selected else ()))
    return [text for text in found if text]


def register(app: Dash, database: Database) -> None:
    """Add the page's callbacks."""

    # One answer for the whole page, so that map and panel never contradict each other. Its parts are outputs
    # of their own: the heading's are live regions, which are read aloud only when they themselves change.
    @app.callback(
        output={name: Output(name, what) for name, what in _OUTPUTS.items()},
        inputs={"search": Input("url", "search")},
    )
    def show(search: object) -> dict[str, Any]:
        return answer(database, search)

    app.clientside_callback(
        ClientsideFunction("chhlang", "showState"), Input("resolved", "data"), State("measures", "data")
    )
    app.clientside_callback(
        ClientsideFunction("chhlang", "selectArea"), Input("map", "clickData"), prevent_initial_call=True
    )
