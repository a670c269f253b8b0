"""Shares by quarter or year as an SVG of the server: value and interval, and beneath them how many people.

Pure: numbers and texts go in, markup comes out. Colours are classes of `place.css`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from markupsafe import Markup

#: Heights of both plots, of the gap between them, of the dates; room for numbers left, right and on top.
_HIGH, _BELOW, _GAP, _DATES, _LEFT, _RIGHT, _TOP = 130.0, 44.0, 34.0, 26.0, 44.0, 10.0, 26.0
#: Lines across: shares.
_LINES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Share:
    """One quarter or year. What is None is not told or not known: `sign` stands in its place."""

    first: date
    last: date
    share: float | None
    lower: float | None
    upper: float | None
    people: int | None
    sign: str = ""


def drawn(points: Sequence[Share], names: tuple[str, str], said: str, *, width: int, kind: str) -> Markup:
    """Draw shares with their intervals, and the people beneath.

    `names`: titles of both; `said`: for readers who hear the page; `kind`: the class of the whole.
    """
    frame = _Frame(points, width)
    top = _TOP + _HIGH + _GAP
    parts = [
        _text("title", 0, _TOP - 12, names[0]),
        *(_line(frame, frame.y(value), f"{value:.0%}") for value in _LINES),
        *_values(points, frame),
        _text("title", 0, top - 10, names[1]),
        *_people(points, frame, top),
        *_dates(points, frame, top + _BELOW),
    ]
    return Markup('<svg class="weekly {}" viewBox="0 0 {} {:g}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, top + _BELOW + _DATES, said, Markup().join(parts)
    )


class _Frame:
    """Where a day and a share stand."""

    def __init__(self, points: Sequence[Share], width: int) -> None:
        self.width = width
        self.first = points[0].first
        self.days = max(1, (points[-1].last - self.first).days + 1)

    def x(self, day: date) -> float:
        """The place of a day's beginning."""
        return _LEFT + (day - self.first).days / self.days * (self.width - _LEFT - _RIGHT)

    def middle(self, point: Share) -> float:
        """The middle of a period."""
        return (self.x(point.first) + self.x(point.last + timedelta(days=1))) / 2

    @staticmethod
    def y(share: float) -> float:
        """The place of a share."""
        return _TOP + _HIGH * (1 - share)


def _text(kind: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, text)


def _line(frame: _Frame, y: float, name: str) -> Markup:
    grid = Markup('<path class="grid" d="M{:g} {:.1f}H{}"/>').format(_LEFT, y, frame.width)
    return grid + _text("n", _LEFT - 5, y + 4, name)


def _values(points: Sequence[Share], frame: _Frame) -> Iterator[Markup]:
    """A line through values that follow each other, each with its interval; a sign where there is none."""
    for known, run in groupby(points, key=lambda point: point.share is not None):
        held = list(run)
        if not known:
            for point in held:
                yield _text("sign", frame.middle(point), frame.y(0) - 4, point.sign or "–")
            continue
        for point in held:
            if point.lower is not None and point.upper is not None:
                yield Markup('<path class="interval" d="M{:.1f} {:.1f}V{:.1f}"/>').format(
                    frame.middle(point), frame.y(point.lower), frame.y(point.upper)
                )
        path = "".join(
            f"{'L' if number else 'M'}{frame.middle(point):.1f} {frame.y(point.share or 0):.1f}"
            for number, point in enumerate(held)
        )
        yield Markup('<path class="course" d="{}"/>').format(path)
        for point in held:
            yield Markup('<circle class="cases" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(
                frame.middle(point), frame.y(point.share or 0)
            )


def _people(points: Sequence[Share], frame: _Frame, top: float) -> Iterator[Markup]:
    most = max((point.people or 0 for point in points), default=0) or 1
    foot = top + _BELOW
    yield _line(frame, foot, "0")
    yield _line(frame, top, f"{most:,}")
    for point in points:
        if point.people:
            wide = frame.x(point.last + timedelta(days=1)) - frame.x(point.first)
            high = _BELOW * point.people / most
            yield Markup('<rect class="tests" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                frame.x(point.first) + wide * 0.14, foot - high, wide * 0.72, high
            )


def _dates(points: Sequence[Share], frame: _Frame, top: float) -> Iterator[Markup]:
    """The beginning of each year that has room."""
    last = -100.0
    for year in range(frame.first.year, points[-1].last.year + 1):
        day = max(frame.first, date(year, 1, 1))
        if day > points[-1].last or frame.x(day) - last < 40 or (day.month > 6 and year == frame.first.year):
            continue
        last = frame.x(day)
        yield Markup('<path class="tick" d="M{:.1f} {:g}v5"/>').format(last, top)
        yield _text("day", last, top + 19, str(year))
