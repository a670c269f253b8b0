"""The map's legend: every class and every kind of absence, in words."""

from __future__ import annotations

from dash import html

from dashboard.components.attributes import attributes
from dashboard.components.folded import folded_on_phones
from dashboard.figures import theme
from dashboard.figures.tokens import variable
from dashboard.messages import Translate


def legend(measure: str, title: str, by: str, t: Translate, *, outside: str = "") -> html.Div:
    """Classes are the same for every period and place, so the legend never shifts.

    `outside`: what is said of provinces that the account does not answer for, which are plain; or blank.
    """
    colours = theme.colours_of(measure)
    classes = [_item(colour, "", theme.class_label(n, measure, t)) for n, colour in enumerate(colours)]
    strong = colours[-1 if measure in theme.MUCH_IS_BAD else 0]
    doubts = [_item(doubt.paint(strong), doubt.sign, t(doubt.label), doubt.key) for doubt in theme.DOUBTS]
    doubts.append(_unsure(colours[2], by, t))
    others = [_item(look.colour, look.sign, t(look.label)) for look in theme.other_looks(measure)]
    points = _points(by, t, outside=outside)
    worse = html.Li([html.Span("▼▲", className="worse-sign"), t("clearly worse than in the earlier period")])
    return html.Div(
        [
            html.P(title, className="legend-title"),
            html.Ul(classes, className="legend classes"),
            html.P(_meaning(measure, t), className="legend-meaning"),
            folded_on_phones(
                t("What the signs mean"), [html.Ul([*doubts, *others, worse, *points], className="legend")]
            ),
        ],
        role="group",
        **attributes(aria_label=t("Legend")),
    )


def _unsure(colour: str, by: str, t: Translate) -> html.Li:
    """What is less certain: a province is hatched, a point is hollow."""
    if by == "province":
        return _item(colour, "", t(theme.UNSURE), "unsure")
    point = html.Span(className="point hollow", style={"borderColor": variable(colour)})
    return html.Li([point, t(theme.UNSURE_POINT)])


def _meaning(measure: str, t: Translate) -> str:
    """What a strong colour says, and that the scale stays."""
    stays = t("The classes never change.")
    if measure in theme.LITTLE_IS_BAD:
        return t("Strong colour: care falls short, act here.") + " " + stays
    if measure in theme.MUCH_IS_BAD:
        return t("Strong colour: burden is high, act here.") + " " + stays
    return t("These colours are neither good nor bad.") + " " + stays


def _points(by: str, t: Translate, *, outside: str) -> list[html.Li]:
    """What the points stand for: coloured by value, or places for orientation."""
    plain = [] if by == "province" else [_item(theme.PLAIN, "", t("province, without a value here"))]
    if outside:
        plain.append(_item(theme.OUTSIDE, "", outside))
    if outside and by == "province":
        plain.append(html.Li([html.Span(className="point facility"), t("facility")]))
    if by == "facility":
        return [*plain, html.Li([html.Span(className="point valued"), t("facility")])]
    if by == "district":
        said = t("operational district, at the middle of its facilities")
        return [*plain, html.Li([html.Span(className="point approximate valued"), said])]
    kind = " valued" if by == "crossing" else ""
    return [
        *plain,
        html.Li([html.Span(className=f"point{kind}"), t("crossing")]),
        html.Li([html.Span(className=f"point approximate{kind}"), t("crossing, approximate position")]),
        html.Li(
            [
                html.Span("✕", className="closed-sign", **attributes(aria_hidden="true")),
                t("crossing, closed on the last day"),
            ]
        ),
    ]


def _item(colour: str, sign: str, label: str, kind: str = "") -> html.Li:
    kind = "dark" if colour == theme.ZERO_CARE.colour else kind
    return html.Li(
        [
            html.Span(
                sign,
                className=f"swatch {kind}".strip(),
                style={"backgroundColor": variable(colour)},
                **attributes(aria_hidden="true"),
            ),
            label,
        ]
    )
