"""One area in words and charts: its value, whether it is getting worse, its trend, its groups."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.controls import AXIS_NAMES, STEPS
from dashboard.components.outcome_list import outcome_list
from dashboard.components.table import value_cells
from dashboard.figures import theme
from dashboard.figures.groups import groups
from dashboard.figures.trend import TrendValue, trend
from dashboard.messages import Translate
from dashboard.services.panel import Panel, TrendPoint
from surveillance.estimates import Estimate
from surveillance.indicators import MEASURES, Measure
from surveillance.vocabulary import AXES

GRAPH_CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "responsive": True,
    # Plotly asks for a world map even where none is drawn; ours is empty, and on this server.
    "topojsonURL": "/assets/topojson/",
    "modeBarButtonsToRemove": ["sendChartToCloud"],
    "showTips": False,
}


def dates(start: date, end: date) -> str:
    """First and last day of a period."""
    return f"{start.isoformat()} – {end.isoformat()}"


def map_config(t: Translate) -> dict[str, Any]:
    """Of the map: as `GRAPH_CONFIG`, with buttons to look closer where facilities stand side by side."""
    names = {"Zoom in": t("Zoom in"), "Zoom out": t("Zoom out"), "Reset": t("Whole country")}
    return GRAPH_CONFIG | {
        "displayModeBar": True,
        "displaylogo": False,
        # Named by what is left out: of a list of the buttons Plotly thinks that it changes with each figure,
        # and draws the map anew, unzoomed.
        "modeBarButtonsToRemove": [
            *GRAPH_CONFIG["modeBarButtonsToRemove"],
            "toImage",
            "hoverClosestGeo",
            "pan2d",
            "select2d",
            "lasso2d",
        ],
        "locale": "here",
        "locales": {"here": {"dictionary": names, "format": {}}},
    }


def area_panel(
    panel: Panel, name: str, measure: str, step: str, t: Translate, everything: tuple[str, str] = ("", "?")
) -> list[Any]:
    """The panel's content. `everything`: name and address of the view without a selected area."""
    facts = MEASURES[measure]
    # The script moves the focus here once the panel shows what was asked for.
    asked = {"data-area": panel.code or "", "data-step": step}
    parts: list[Any] = [html.H2(name, id="panel-name", tabIndex=-1, **asked)]
    if panel.code is not None:
        back = html.A(everything[0], href=everything[1], **{"data-area": ""})
        parts = [html.Div([*parts, back], className="panel-head")]
    parts.append(_value(panel.now, facts, t))
    if panel.period is not None:
        parts += [html.P(words.whole_days(text), className=kind) for kind, text in _change(panel, measure, t)]
    if panel.reporting is not None:
        parts.append(
            html.P(
                t("{reported} of {due} facilities due in the period sent records.").format(
                    reported=panel.reporting.reported, due=panel.reporting.due
                ),
                className="reporting",
            )
        )
    if said := words.reports_in(panel.reports, t):
        parts.append(html.P(said, className="reporting"))
    if panel.outcomes is not None:
        parts += outcome_list(panel.outcomes, t)
    if panel.trend:
        parts += _trend(panel, facts, step, t)
    return parts


def _value(value: Estimate, measure: Measure, t: Translate) -> html.P:
    if value.coverage is None:
        look = theme.look_of(value, measure.code)
        return html.P([html.Span(look.sign, className="sign"), " ", t(look.label)], className="headline")
    counts = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    unknown = t("unknown: {count:,}").format(count=value.unknown or 0)
    return html.P(
        [
            html.Strong(theme.percent(value.coverage)),
            html.Span(
                f" ({theme.percent(value.lower)}–{theme.percent(value.upper)})",
                title=t("95% confidence interval (Wilson)"),
            ),
            html.Br(),
            f"{words.what_is_counted(measure, t)}: {counts}; {unknown}",
        ],
        className="headline",
    )


def _change(panel: Panel, measure: str, t: Translate) -> list[tuple[str, str]]:
    """Better or worse than the period of the same length before, and whether chance could do as much."""
    if panel.period is None or panel.earlier_period is None:
        return []
    before = dates(panel.earlier_period.start, panel.earlier_period.end)
    if panel.change is None or panel.earlier is None:
        return [("change", _no_change(panel, before, measure, t))]
    shift = panel.change
    numbers = t(
        "{difference:+.1f} points (95%: {lower:+.1f} to {upper:+.1f}) against {before}, {value}"
    ).format(
        difference=shift.difference * 100,
        lower=shift.lower * 100,
        upper=shift.upper * 100,
        before=before,
        value=theme.percent(panel.earlier.coverage),
    )
    if theme.unclear(shift):
        return [("change", t("No clear change: {numbers}").format(numbers=numbers))]
    fell = shift.difference < 0
    word = t("Lower than before: {numbers}") if fell else t("Higher than before: {numbers}")
    kind = "change worse" if theme.is_worse(shift, measure) else "change"
    return [(kind, word.format(numbers=numbers))]


def _no_change(panel: Panel, before: str, measure: str, t: Translate) -> str:
    """Why there is no change to show, with the dates of the earlier period."""
    begins, earlier = panel.begins, panel.earlier_period
    if begins is None or earlier is None or earlier.end < begins:
        return t("No earlier period of the same length to compare with.")
    if panel.earlier is None:
        text = t("No change is shown against {before}: there are no records before {day}.")
        return text.format(before=before, day=begins.isoformat())
    text = t("No change is shown against {before}: {period} is without a value ({status}).")
    if panel.now.coverage is None and panel.period is not None:
        period, value = dates(panel.period.start, panel.period.end), panel.now
    else:
        period, value = before, panel.earlier
    return text.format(before=before, period=period, status=t(theme.look_of(value, measure).label))


def _trend(panel: Panel, measure: Measure, step: str, t: Translate) -> list[Any]:
    points = [TrendValue(p.label, p.start.isoformat(), p.value, _part(p)) for p in panel.trend]
    choice = html.Div(
        [
            html.Label(t("Trend by"), htmlFor="filter-step"),
            html.Select(
                [html.Option(t(name), value=code) for code, name in STEPS.items()],
                id="filter-step",
                **{"data-filter": "step"},
            ),
        ],
        className="field inline",
    )
    title = t(measure.name)
    return [
        html.Div([html.H3(title), choice], className="panel-head"),
        html.Div(
            dcc.Graph(
                figure=trend(points, title, t), config=GRAPH_CONFIG, id="trend", style={"height": "230px"}
            ),
            role="img",
            **{"aria-label": t("Trend of {measure}; the table below says the same").format(measure=title)},
        ),
        html.Details([html.Summary(t("Trend as a table")), _trend_table(panel, measure, t)]),
    ]


def _part(point: TrendPoint) -> str:
    """The days that are left of a period that was cut off."""
    return "" if point.whole else dates(point.start, point.end)


def _named(point: TrendPoint) -> str:
    """The name of a period, as HTML."""
    if point.whole:
        return escape(point.label)
    return f'{escape(point.label)}<br><span class="interval">{_part(point)}</span>'


def _trend_table(panel: Panel, measure: Measure, t: Translate) -> html.Div:
    """Written as HTML, as the table of areas is: five years have 260 weeks."""
    value = t("{measure} (95% interval)").format(measure=t(measure.name))
    heads = [t("Period"), value, t("Counted"), t("Unknown")]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    cells = [(_named(p), "".join(value_cells(p.value, measure.code, t))) for p in reversed(panel.trend)]
    body = "".join(f'<tr><th scope="row">{name}</th>{row}</tr>' for name, row in cells)
    table = f'<table class="areas small"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return html.Div(**{"data-html": table})


def area_groups(panel: Panel, t: Translate) -> list[Any]:
    """The groups of the area, side by side; nothing where none are stored."""
    if not panel.groups:
        return []
    names = {axis: {value.code: t(value.name) for value in values} for axis, values in AXES.items()}
    parts: list[Any] = [html.H2(t("Groups, within the filters") if panel.filtered else t("Groups"))]
    for axis, values in panel.groups.items():
        named = [(names[axis][code], value) for code, value in values]
        figure = groups(named, t)
        parts += [
            html.H3(t(AXIS_NAMES[axis])),
            html.Div(
                dcc.Graph(
                    figure=figure,
                    config=GRAPH_CONFIG,
                    id=f"groups-{axis}",
                    style={"height": f"{figure.layout.height}px"},
                ),
                role="img",
                **{"aria-label": "; ".join(f"{name}: {_short(value, t)}" for name, value in named)},
            ),
        ]
    return parts


def _short(value: Estimate, t: Translate) -> str:
    if value.coverage is None:
        return t(theme.look_of(value, "testing").label)
    return theme.percent(value.coverage)
