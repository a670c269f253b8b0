"""One area in words and charts: its value, whether it is getting worse, its trend, its groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import dcc, html

from dashboard.components.attributes import attributes
from dashboard.components.controls import AXIS_NAMES, STEPS, group_name
from dashboard.components.coverage import issued_words, words
from dashboard.components.coverage.change_words import found_how, values_differ
from dashboard.components.coverage.outcome_list import outcome_list
from dashboard.components.coverage.trend_table import days_left
from dashboard.components.fetched import fetched
from dashboard.components.folded import folded_on_phones
from dashboard.figures import theme
from dashboard.figures.area_map import much_unknown
from dashboard.figures.groups import groups
from dashboard.figures.trend import TrendValue, trend
from dashboard.messages import Translate
from dashboard.services.coverage.panel import Panel
from dashboard.services.disclosure.rules import FEW, FEW_CHANGE
from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.indicators import MEASURES, Measure
from surveillance.epiweek import period_first_day, period_last_day
from surveillance.status import Status

GRAPH_CONFIG: Any = {
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


def area_panel(
    panel: Panel,
    name: str,
    measure: str,
    step: str,
    t: Translate,
    everything: tuple[str, str] = ("", "?"),
    trend_table: str = "",
    own_page: str = "",
    curve: str = "",
    marked: Sequence[str] = (),
    reporting_page: str = "",
) -> list[Any]:
    """The panel's content.

    `everything`: name and address of the view without a selected area; `trend_table`: address of the trend as
    a table; `own_page`: of the page of the area, blank where it has none; `curve`: of the curve of cases;
    `marked`: what the calendar says of its days; `reporting_page`: address of who has not reported.
    """
    facts = MEASURES[measure]
    # The script moves the focus here once the panel shows what was asked for.
    asked = attributes(data_area=panel.code or "", data_step=step)
    parts: list[Any] = [html.H2(name, id="panel-name", tabIndex=-1, **asked)]
    if panel.code is not None:
        back = html.A(everything[0], href=everything[1], **attributes(data_area=""))
        parts = [html.Div([*parts, back], className="panel-head")]
    if own_page:
        parts.append(html.P(html.A(t("Page of this area"), href=own_page)))
    parts.append(_value(panel.now, facts, t))
    if panel.instead:
        parts.append(
            html.P([t("Hidden. Shown instead:"), " ", "; ".join(issued_words.instead(panel.instead, t))])
        )
    if panel.period is not None:
        for kind, text in _change(panel, measure, t):
            said = html.P(words.whole_days(text), className=kind)
            parts.append(folded_on_phones(t("How it was compared"), [said]) if kind == "compared" else said)
    parts += [html.P(words.whole_days(text), className="compared marked") for text in marked]
    if how := found_how(panel.compared or panel.now, panel.change, t):
        found = [html.P(text, className="reporting") for text in how]
        parts.append(html.Details([html.Summary(t("How the range and the change are found")), *found]))
    parts += _reported(panel, reporting_page, t)
    if reports := words.reports_in(panel.reports, t):
        parts.append(html.P(reports, className="reporting"))
    if panel.few:
        parts.append(html.P(t(FEW), className="reporting"))
    if panel.outcomes is not None:
        parts += outcome_list(panel.outcomes, t)
    if panel.trend:
        parts += _trend(panel, facts, step, t, trend_table)
    if curve and panel.period is not None:
        parts.append(html.P(html.A(t("How many, and when: the curve of cases"), href=curve, id="to-curve")))
    return parts


def _reported(panel: Panel, reporting_page: str, t: Translate) -> list[html.P]:
    """Facilities that sent anything in the period, and reports that came of those due."""
    found = []
    if panel.reporting is not None:
        said = t("{reported} of {due} facilities due in the period sent records.").format(
            reported=panel.reporting.reported, due=panel.reporting.due
        )
        linked = html.A(said, href=reporting_page) if reporting_page else said
        found.append(html.P(linked, className="reporting"))
    if panel.now.reports:
        mark = f"{theme.FEW_REPORTS} " if panel.now.few_reports else ""
        found.append(html.P(f"{mark}{theme.reports_said(panel.now, t)}.", className="reporting"))
    return found


def _value(value: Estimate, measure: Measure, t: Translate) -> html.P:
    if value.coverage is None:
        look = theme.look_of(value, measure.code)
        return html.P([html.Span(look.sign, className="sign"), " ", t(look.label)], className="headline")
    counts = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    unknown = theme.unknown(value, t)
    flag: list[Any] = []
    if value.mostly_unknown:
        words_of = t("Much is unknown: {bounds}, whatever the unknown are. Do not act on the per cent alone.")
        said = f"{theme.MUCH_UNKNOWN} {words_of.format(bounds=much_unknown(value, t))}"
        flag = [html.Br(), html.Span(said, className="flag")]
    return html.P(
        [
            html.Strong(theme.percent(value.coverage)),
            html.Span(
                f" ({theme.percent(value.lower)}–{theme.percent(value.upper)})",
                title=t("95% confidence interval (Wilson)"),
            ),
            html.Br(),
            f"{words.what_is_counted(measure, t)}: {counts}; {unknown}",
            *flag,
        ],
        className="headline",
    )


def _change(panel: Panel, measure: str, t: Translate) -> list[tuple[str, str]]:
    """Better or worse than the period of the same length before, and whether chance could do as much."""
    if panel.period is None or panel.facts is None:
        return []
    before = words.earlier(panel.facts, t)
    if panel.change is None or panel.earlier is None:
        notes = words.notes(panel.facts, t)
        if panel.facts.incomplete:
            return [("change", " ".join(notes))]
        if panel.few_compared:
            return [("change", t(FEW_CHANGE).format(before=before))]
        if panel.release is not None and panel.earlier is None:
            missing = t("No change is shown against {before}: it is not issued.")
            return [("change", missing.format(before=before))]
        return [("change", " ".join((_no_change(panel, before, measure, t), *notes)))]
    how = " ".join(words.how_compared(panel.facts, panel.change, t))
    open_text = " ".join(_values(panel, panel.change, panel.earlier, t))
    said = [*_shift(panel, before, measure, t), ("values", open_text), ("compared", how)]
    return [(kind, text) for kind, text in said if text]


def _values(panel: Panel, change: Change, earlier: Estimate, t: Translate) -> list[str]:
    """The value that was compared, where it is not the one above, and how far it is from the earlier one."""
    compared = panel.compared
    if compared is None or compared.coverage is None:
        return []
    said = []
    if (compared.numerator, compared.denominator) != (panel.now.numerator, panel.now.denominator):
        text = t("Of those compared: {value}, {numerator:,} of {denominator:,}.")
        if change.left_out:  # their weeks are compared, and they have people in one period only
            text = t("In the weeks compared: {value}, {numerator:,} of {denominator:,}.")
        numbers = {"numerator": compared.numerator, "denominator": compared.denominator}
        said.append(text.format(value=theme.percent(compared.coverage), **numbers))
    differ = values_differ(compared, earlier, change, t)
    return [*said, differ] if differ else said


def _shift(panel: Panel, before: str, measure: str, t: Translate) -> list[tuple[str, str]]:
    shift = panel.change
    if shift is None or panel.earlier is None:
        return []
    numbers = t("{difference} points ({level}: {lower} to {upper}) against {before}, {value}").format(
        level=theme.level(shift),
        difference=theme.signed(shift.difference * 100),
        lower=theme.signed(shift.lower * 100),
        upper=theme.signed(shift.upper * 100),
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
    begins, earlier = panel.begins, panel.facts.earlier if panel.facts else None
    if begins is None or earlier is None or earlier.end < begins:
        return t("No earlier period of the same length to compare with.")
    if panel.earlier is None:
        text = t("No change is shown against {before}: there are no records before {day}.")
        return text.format(before=before, day=begins.isoformat())
    if panel.too_few is not None:
        text = t(
            "No change is shown against {before}: the facilities with people in both periods hold "
            "{part:,} of the {people:,} people, less than half."
        )
        return text.format(before=before, part=panel.too_few[0], people=panel.too_few[1])
    if panel.now.coverage is not None and panel.earlier.coverage is not None:
        text = t("No change is shown against {before}: no facility has people in both periods.")
        return text.format(before=before)
    text = t("No change is shown against {before}: {period} is without a value ({status}).")
    now, facts = panel.compared or panel.now, panel.facts
    if facts is not None and facts.kept is not None and now.status is Status.NOT_REPORTED:
        return t("No change is shown against {before}: no facility reported in both.").format(before=before)
    if now.coverage is None and panel.period is not None:
        whole = (facts.now if facts else None) or panel.period
        period, value = dates(whole.start, whole.end), now
    else:
        period, value = dates(earlier.start, earlier.end), panel.earlier
    return text.format(before=before, period=period, status=t(theme.look_of(value, measure).label))


def _trend(panel: Panel, measure: Measure, step: str, t: Translate, table: str) -> list[Any]:
    points = [
        # Each stands at the first day of its whole period, so that one that is cut off has its place too.
        TrendValue(
            p.label,
            period_first_day(p.end, panel.step).isoformat(),
            p.value,
            days_left(p),
            period_last_day(p.end, panel.step).isoformat(),
        )
        for p in panel.trend
    ]
    by_size = t("Automatic: {step}").format(step=t(STEPS[panel.step])) if not step else t("Automatic")
    choice = html.Div(
        [
            html.Label(t("Trend by"), htmlFor="filter-step"),
            html.Select(
                [
                    html.Option(by_size, value=""),
                    *(html.Option(t(name), value=code) for code, name in STEPS.items()),
                ],
                id="filter-step",
                **attributes(data_filter="step"),
            ),
        ],
        className="field inline",
    )
    title = t(measure.name)
    figure = trend(points, title, t)
    return [
        html.Div([html.H3(title), choice], className="panel-head"),
        html.Div(
            dcc.Graph(
                figure=figure,
                config=GRAPH_CONFIG,
                id="trend",
                style={"height": f"{figure['layout']['height']}px"},
            ),
            role="img",
            **attributes(
                aria_label=t("Trend of {measure}; the table below says the same").format(measure=title)
            ),
        ),
        *_joined(panel, t),
        html.Details(
            [html.Summary(t("Trend as a table")), *fetched(t)], **attributes(data_fetched_when_open=table)
        ),
    ]


def _joined(panel: Panel, t: Translate) -> list[html.P]:
    """That the first point holds the last days of the period before its own; nothing where it does not."""
    first = panel.trend[0]
    if first.start >= period_first_day(first.end, panel.step):
        return []
    text = t(
        "The first point, {label}, is of {days}: fewer days than half a period make no point of their own."
    )
    said = text.format(label=first.label, days=dates(first.start, first.end))
    return [html.P(words.whole_days(said), className="reporting")]


def area_groups(panel: Panel, t: Translate, title: str = "", said: str = "") -> list[Any]:
    """The groups of the area, side by side; nothing where none are stored.

    `title`: the question that they answer; `said`: what is counted, where and when.
    """
    if not panel.groups:
        return []
    parts: list[Any] = [html.H2(title or t("Groups"))]
    about = [said, t("Groups, within the filters") if panel.filtered else ""]
    if any(about):
        parts.append(html.P(words.whole_days(" · ".join(filter(None, about))), className="reporting"))
    if panel.groups_of is not None:
        days = dates(panel.groups_of.start, panel.groups_of.end)
        said = t("Groups are issued for whole periods: {days}.").format(days=days)
        parts.append(html.P(words.whole_days(said), className="reporting"))
    for axis, values in panel.groups.items():
        named = [(group_name(axis, code, t), value) for code, value in values]
        figure = groups(named, t)
        parts += [
            html.H3(t(AXIS_NAMES[axis])),
            html.Div(
                dcc.Graph(
                    figure=figure,
                    config=GRAPH_CONFIG,
                    id=f"groups-{axis}",
                    style={"height": f"{figure['layout']['height']}px"},
                ),
                role="img",
                **attributes(aria_label="; ".join(f"{name}: {_short(value, t)}" for name, value in named)),
            ),
        ]
    return parts


def _short(value: Estimate, t: Translate) -> str:
    if value.coverage is None:
        return t(theme.look_of(value, "testing").label)
    counts = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    return f"{theme.percent(value.coverage)}, {counts}"
