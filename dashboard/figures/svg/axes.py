"""Scales and axes of drawings: numbers from zero up, days from left to right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.draw import Point, group, line, tag
from dashboard.figures.tokens import light

GRID = light("grid")
#: Size of the letters on an axis.
LETTERS = 13.0
#: So many days at most have days, not months, on their axis.
_SHORT = 120


@dataclass(frozen=True)
class Frame:
    """Where a plot stands: its corners, and what its axes reach."""

    left: float
    top: float
    right: float
    bottom: float
    first: date
    last: date
    most: float

    def x(self, day: date) -> float:
        """The place of a day's beginning; the last day ends at the right."""
        days = max(1, (self.last - self.first).days + 1)
        return self.left + (day - self.first).days / days * (self.right - self.left)

    def y(self, value: float) -> float:
        """The place of a value."""
        return self.bottom - value / (self.most or 1) * (self.bottom - self.top)


def ticks(most: float, many: int = 4, *, whole: bool = False) -> list[float]:
    """Round numbers from zero to `most`, `many` of them or a few more.

    >>> ticks(0.43), ticks(3, whole=True)
    ([0.0, 0.1, 0.2, 0.3, 0.4], [0.0, 1.0, 2.0, 3.0])
    """
    if most <= 0:
        return [0.0]
    rough = most / many
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    step = max(1.0, step) if whole else step
    return [round(step * place, 10) for place in range(int(most / step + 1e-9) + 1)]


def values_axis(frame: Frame, says: Callable[[float], str], *, whole: bool = False) -> Markup:
    """Lines across, each with its number on the left."""
    return group(
        group(
            [
                tag(
                    "path", d=line([(frame.left, frame.y(value)), (frame.right, frame.y(value))]), stroke=GRID
                ),
                tag(
                    "text",
                    says(value),
                    x=frame.left - 8,
                    y=frame.y(value) + 4.5,
                    text_anchor="end",
                    font_size=LETTERS,
                    class_="muted",
                ),
            ]
        )
        for value in ticks(frame.most, whole=whole)
    )


def days_axis(frame: Frame) -> Markup:
    """Names of months or days beneath a plot."""
    return group(
        group(
            [
                tag("path", d=line([(x, frame.bottom), (x, frame.bottom + 5)]), stroke=light("map-hidden")),
                tag(
                    "text",
                    said,
                    x=x,
                    y=frame.bottom + 20,
                    text_anchor="middle",
                    font_size=LETTERS,
                    class_="muted",
                ),
            ]
        )
        for day, said in _named(frame.first, frame.last)
        for x in (frame.x(day),)
    )


def steps(frame: Frame, starts: Sequence[date], values: Sequence[float]) -> list[Point]:
    """The corners of a line that holds each value until the next begins."""
    ends = [*starts[1:], frame.last + timedelta(days=1)]
    return [
        corner
        for start, end, value in zip(starts, ends, values, strict=True)
        for corner in ((frame.x(start), frame.y(value)), (frame.x(end), frame.y(value)))
    ]


def percent(value: float) -> str:
    """A proportion on an axis.

    >>> percent(0.1), percent(0.025)
    ('10%', '2.5%')
    """
    return f"{value * 100:g}%"


def count(value: float) -> str:
    """A number of people on an axis."""
    return f"{value:,.0f}"


def heading(text: str, x: float, y: float) -> Markup:
    """What stands over a plot."""
    return tag("text", text, x=x, y=y, font_size=LETTERS + 1, class_="strong", fill=theme.INK)


def _named(first: date, last: date) -> Iterator[tuple[date, str]]:
    days = (last - first).days + 1
    if days <= _SHORT:
        step = max(1, -(-days // 7))
        for place in range(0, days, step):
            day = first + timedelta(days=place)
            yield day, f"{day.day:02d}/{day.month:02d}"
        return
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / step <= 9)
    for place in range(months):
        year, month = divmod(first.month - 1 + place, 12)
        day = date(first.year + year, month + 1, 1)
        if (day.month - 1 + 12 * day.year) % step == 0 and first <= day <= last:
            yield day, str(day.year) if step >= 12 else f"{day.month:02d}/{day.year}"
