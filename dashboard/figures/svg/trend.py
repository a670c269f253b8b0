"""The trend as a drawing: value and interval of each period, and beneath it how many were counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.axes import Frame, count, days_axis, heading, percent, values_axis
from dashboard.figures.svg.draw import Point, group, line, tag
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import light, mixed
from dashboard.messages import Translate
from surveillance.coverage.estimates import Estimate

_LEFT, _TOP, _HIGH, _GAP, _BELOW = 60.0, 26.0, 270.0, 46.0, 84.0


@dataclass(frozen=True)
class Period:
    """One point: first and last day of its period, and its value."""

    start: date
    end: date
    value: Estimate


def trend(
    points: Sequence[Period],
    title: str,
    t: Translate,
    says: Callable[[float], str] = percent,
    *,
    shares: bool = True,
) -> Drawing:
    """Draw a trend; a period without a value leaves a gap with the sign of its status.

    `says`: writes a value at the axis; `shares`: whether values are proportions of the people counted, which
    are drawn beneath.
    """
    if not points:
        return Drawing(Markup(""), 0)
    first, last = points[0].start, max(point.end for point in points)
    tops = [p.value.upper if p.value.upper is not None else p.value.coverage for p in points]
    most = max((top for top in tops if top is not None), default=1.0)
    ceiling = max(0.02, min(1.0, most * 1.08)) if shares else (most * 1.08 or 1.0)
    upper = Frame(_LEFT, _TOP, INNER, _TOP + _HIGH, first, last, ceiling)
    top = upper.bottom + _GAP
    people = max((_everybody(p.value) for p in points), default=0)
    lower = Frame(_LEFT, top, INNER, top + _BELOW, first, last, max(1, people) * 1.08)
    parts = [heading(title, 0, 14), values_axis(upper, says)]
    for shown, run in groupby(points, key=lambda point: point.value.coverage is not None):
        held = list(run)
        parts += _run(upper, held) if shown else _missing(upper, held)
    if not shares:
        return Drawing(group([*parts, days_axis(upper)]), upper.bottom + 30)
    parts += [heading(t("How many people"), 0, top - 12), values_axis(lower, count, whole=True)]
    parts += [_bar(lower, point) for point in points if point.value.denominator is not None]
    return Drawing(group([*parts, days_axis(lower)]), lower.bottom + 30)


def keys(points: Sequence[Period], measure: str, t: Translate) -> list[Key]:
    """The legend of a trend: only what is on it."""
    found = [
        Key(t("value"), theme.TREND, "dot"),
        Key(t("95% interval"), mixed(light("accent"), light("map-paper"), 0.2), "band"),
        Key(t("Counted"), theme.TREND),
        Key(t("Unknown"), theme.UNKNOWN.colour),
    ]
    looks = {
        look.key: look
        for p in points
        if p.value.coverage is None
        for look in (theme.look_of(p.value, measure),)
    }
    if any(point.value.mostly_unknown for point in points):
        found.append(Key(t("hollow: more than a fifth is unknown"), theme.TREND, "open"))
    if any(point.value.few_reports for point in points):
        words = t("square: fewer than four in five of the reports that were due came")
        found.append(Key(words, light("map-paper"), sign="□"))
    return [*found, *(Key(t(look.label), look.colour, sign=look.sign) for look in looks.values())]


def _everybody(value: Estimate) -> int:
    return (value.denominator or 0) + (value.unknown or 0)


def _middle(frame: Frame, point: Period) -> float:
    return (frame.x(point.start) + frame.x(point.end + timedelta(days=1))) / 2


def _run(frame: Frame, points: Sequence[Period]) -> list[Markup]:
    """Band, line and dots of periods that follow each other."""
    middle: list[Point] = []
    over: list[Point] = []
    under: list[Point] = []
    for point in points:
        value, x = point.value, _middle(frame, point)
        middle.append((x, frame.y(value.coverage or 0)))
        over.append((x, frame.y(value.upper if value.upper is not None else value.coverage or 0)))
        under.append((x, frame.y(value.lower if value.lower is not None else value.coverage or 0)))
    if len(points) == 1:
        (x, high), (_, low) = over[0], under[0]
        band = tag(
            "path", d=line([(x, high), (x, low)]), stroke=theme.TREND, stroke_width=2, stroke_opacity=0.4
        )
    else:
        band = tag("path", d=line([*over, *reversed(under)], closed=True), fill=theme.TREND, fill_opacity=0.2)
    curve = tag("path", d=line(middle), fill="none", stroke=theme.TREND, stroke_width=2)
    size = 4 if len(points) < 60 else 2.5
    dots = [_dot(point.value, x, y, size) for point, (x, y) in zip(points, middle, strict=True)]
    return [band, curve, *dots]


def _dot(value: Estimate, x: float, y: float, size: float) -> Markup:
    """One value: hollow where much is unknown, a hollow square where few of the reports due came."""
    if value.few_reports:
        side = 2 * size + 1
        return tag(
            "rect",
            x=x - side / 2,
            y=y - side / 2,
            width=side,
            height=side,
            fill=light("map-paper"),
            stroke=theme.TREND,
        )
    fill = light("map-paper") if value.mostly_unknown else theme.TREND
    return tag("circle", cx=x, cy=y, r=size, fill=fill, stroke=theme.TREND)


def _missing(frame: Frame, points: Sequence[Period]) -> list[Markup]:
    """The sign of each period that has no value, on the zero line."""
    return [
        tag(
            "text",
            theme.look_of(point.value, "testing").sign,
            x=_middle(frame, point),
            y=frame.bottom - 6,
            text_anchor="middle",
            font_size=13,
            class_="muted",
        )
        for point in points
    ]


def _bar(frame: Frame, point: Period) -> Markup:
    """How many were counted, and on top of them how many are unknown."""
    wide = (frame.x(point.end + timedelta(days=1)) - frame.x(point.start)) * 0.72
    left, known = _middle(frame, point) - wide / 2, point.value.denominator or 0
    parts = [(0, known, theme.TREND), (known, known + (point.value.unknown or 0), theme.UNKNOWN.colour)]
    return group(
        tag("rect", x=left, y=frame.y(high), width=wide, height=frame.y(low) - frame.y(high), fill=colour)
        for low, high, colour in parts
        if high > low
    )
