"""The map's legend: every class and every kind of absence, in words."""

from __future__ import annotations

from dash import html

from dashboard.figures import theme
from dashboard.messages import Translate


def legend(measure: str, title: str, by: str, t: Translate) -> html.Div:
    """Classes are the same for every period and place, so the legend never shifts."""
    classes = [
        _item(colour, "", theme.class_label(number, measure)) for number, colour in enumerate(theme.COLOURS)
    ]
    much = t("pale: more than a fifth is unknown")
    flagged = _item(theme.pale(theme.COLOURS[2]), theme.MUCH_UNKNOWN, much)
    others = [_item(look.colour, look.sign, t(look.label)) for look in theme.OTHER_LOOKS]
    points = _points(by, t)
    worse = html.Li([html.Span("▼▲", className="worse-sign"), t("clearly worse than in the earlier period")])
    return html.Div(
        [
            html.P(title, className="legend-title"),
            html.Ul(classes, className="legend classes"),
            html.Ul([*others, flagged, worse, *points], className="legend"),
        ],
        role="group",
        **{"aria-label": t("Legend")},
    )


def _points(by: str, t: Translate) -> list[html.Li]:
    """What the points stand for: coloured by value, or crossings for orientation."""
    plain = [] if by == "province" else [_item(theme.PLAIN, "", t("province, without a value here"))]
    if by == "facility":
        return [*plain, html.Li([html.Span(className="point valued"), t("facility")])]
    kind = " valued" if by == "crossing" else ""
    return [
        *plain,
        html.Li([html.Span(className=f"point{kind}"), t("crossing")]),
        html.Li([html.Span(className=f"point approximate{kind}"), t("crossing, approximate position")]),
    ]


def _item(colour: str, sign: str, label: str) -> html.Li:
    dark = colour in (theme.ZERO.colour,)
    return html.Li(
        [
            html.Span(
                sign,
                className="swatch dark" if dark else "swatch",
                style={"background": colour},
                **{"aria-hidden": "true"},
            ),
            label,
        ]
    )
