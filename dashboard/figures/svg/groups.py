"""Groups side by side as a drawing: a dot with its interval for each, and how many people it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.axes import GRID, LETTERS, heading, percent, ticks
from dashboard.figures.svg.draw import group, line, number, tag
from dashboard.figures.svg.lines import wrap
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import light
from dashboard.messages import Translate
from surveillance.coverage.estimates import Estimate

#: Names of one axis with their values, in order.
Rows = Sequence[tuple[str, Estimate]]
_LEFT, _RIGHT, _ROW, _HEAD, _AXIS = 220.0, 250.0, 26.0, 30.0, 44.0


def groups(axes: Mapping[str, Rows], t: Translate) -> Drawing:
    """Draw every axis beneath the one before it, all on one scale."""
    shown = [value.upper or 0 for rows in axes.values() for _, value in rows if value.coverage is not None]
    most = max(0.02, min(1.0, max(shown, default=1.0) * 1.05))
    parts: list[Markup] = []
    y = 0.0
    for name, rows in axes.items():
        parts.append(heading(name, 0, y + 18))
        top = y + _HEAD
        parts.append(_scale(top, top + _ROW * len(rows), most))
        parts += [
            _row(label, value, top + _ROW * (place + 0.5), most, t)
            for place, (label, value) in enumerate(rows)
        ]
        y = top + _ROW * len(rows) + _AXIS
    return Drawing(group(parts), y)


def keys(axes: Mapping[str, Rows], t: Translate) -> list[Key]:
    """The legend: only what is on the drawing."""
    found = [Key(t("value"), theme.TREND, "dot"), Key(t("95% interval"), theme.TREND, "line")]
    if any(value.mostly_unknown for rows in axes.values() for _, value in rows):
        found.append(Key(t("hollow: more than a fifth is unknown"), theme.TREND, "open"))
    return found


def _x(value: float, most: float) -> float:
    return _LEFT + value / most * (INNER - _LEFT - _RIGHT)


def _scale(top: float, bottom: float, most: float) -> Markup:
    return group(
        group(
            [
                tag("path", d=line([(_x(value, most), top), (_x(value, most), bottom)]), stroke=GRID),
                tag(
                    "text",
                    percent(value),
                    x=_x(value, most),
                    y=bottom + 17,
                    text_anchor="middle",
                    font_size=LETTERS,
                    class_="muted",
                ),
            ]
        )
        for value in ticks(most, 5)
    )


def _row(name: str, value: Estimate, y: float, most: float, t: Translate) -> Markup:
    label = wrap(name, LETTERS, _LEFT - 16, most=1)
    parts = [
        tag("text", label[0] if label else "", x=_LEFT - 12, y=y + 4.5, text_anchor="end", font_size=LETTERS)
    ]
    if value.coverage is None:
        look = theme.look_of(value, "testing")
        said = f"{look.sign} {t(look.label)}"
        parts.append(tag("text", said, x=_LEFT + 6, y=y + 4.5, font_size=LETTERS, class_="muted"))
        return group(parts)
    low, high = value.lower, value.upper
    if low is not None and high is not None:
        parts.append(
            tag("path", d=line([(_x(low, most), y), (_x(high, most), y)]), stroke=theme.TREND, stroke_width=2)
        )
    parts.append(
        tag(
            "circle",
            cx=number(_x(value.coverage, most)),
            cy=y,
            r=5,
            fill=light("map-paper") if value.mostly_unknown else theme.TREND,
            stroke=theme.TREND,
            stroke_width=1.6,
        )
    )
    of = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    said = f"{theme.percent(value.coverage)} ({theme.percent(low)}–{theme.percent(high)})"
    parts.append(tag("text", said, x=INNER - _RIGHT + 10, y=y + 4.5, font_size=LETTERS))
    parts.append(
        tag("text", of, x=INNER, y=y + 4.5, text_anchor="end", font_size=LETTERS - 1, class_="muted")
    )
    return group(parts)
