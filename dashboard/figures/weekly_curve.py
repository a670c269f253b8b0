"""Tests and cases by week as an SVG of the server, with the same weeks of the year before behind them.

Pure: numbers and texts go in, markup comes out. Colours are classes of `place.css`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

#: Height of each of the two charts, of the gap between them, of the dates below, room left for numbers.
_HIGH, _GAP, _DATES, _LEFT, _RIGHT = 104.0, 34.0, 34.0, 40.0, 6.0
#: Weeks between two dates on the axis: a quarter of a year; twice as many where there is little room.
_QUARTER, _NARROW = 13, 400


@dataclass(frozen=True)
class Week:
    """One week. What is None is not told or not known: `sign` stands in its place.

    `whole`: whether the data hold all of its days. `earlier_*`: the same week of the year before.
    """

    first: date
    tests: int | None
    cases: int | None
    whole: bool = True
    earlier_tests: int | None = None
    earlier_cases: int | None = None
    sign: str = ""


def drawn(weeks: Sequence[Week], names: tuple[str, str], said: str, *, width: int = 640, kind: str) -> Markup:
    """Draw two charts, one above the other.

    `names`: titles of both; `said`: for readers who hear the page; `kind`: the class of the whole.
    """
    height = 2 * (_HIGH + _GAP) + _DATES
    parts = [
        _chart(weeks, _GAP, names[0], width, "tests", lambda w: w.tests, lambda w: w.earlier_tests),
        _chart(
            weeks, 2 * _GAP + _HIGH, names[1], width, "cases", lambda w: w.cases, lambda w: w.earlier_cases
        ),
        _dates(weeks, 2 * (_GAP + _HIGH), width),
    ]
    return Markup('<svg class="weekly {}" viewBox="0 0 {} {:g}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, said, Markup().join(parts)
    )


def _chart(
    weeks: Sequence[Week],
    top: float,
    name: str,
    width: int,
    kind: str,
    now: Callable[[Week], int | None],
    earlier: Callable[[Week], int | None],
) -> Markup:
    held = [count for week in weeks for count in (now(week), earlier(week)) if count is not None]
    most = _round_up(max(held, default=1))
    foot, step = top + _HIGH, (width - _LEFT - _RIGHT) / max(1, len(weeks))

    def height(count: int) -> float:
        return _HIGH * count / most

    parts = [Markup('<text class="title" x="0" y="{:.1f}">{}</text>').format(top - 14, name)]
    for count in (0, most // 2, most) if most > 1 else (0, 1):
        y = foot - height(count)
        parts.append(
            Markup(
                '<path class="grid" d="M{:g} {:.1f}H{}"/><text class="n" x="{:g}" y="{:.1f}">{}</text>'
            ).format(_LEFT, y, width, _LEFT - 5, y + 4, f"{count:,}")
        )
    parts += _behind(weeks, earlier, foot, step, height)
    for number, week in enumerate(weeks):
        told, x = now(week), _LEFT + number * step
        if told is None:
            parts.append(
                Markup('<text class="sign" x="{:.1f}" y="{:.1f}">{}</text>').format(
                    x + step / 2, foot - 2, week.sign or "–"
                )
            )
        elif told:
            parts.append(
                Markup('<rect class="{}{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    kind,
                    "" if week.whole else " part",
                    x + step * 0.12,
                    foot - height(told),
                    step * 0.76,
                    height(told),
                )
            )
    return Markup().join(parts)


def _behind(
    weeks: Sequence[Week],
    earlier: Callable[[Week], int | None],
    foot: float,
    step: float,
    height: Callable[[int], float],
) -> list[Markup]:
    """The year before as steps, with a gap where a week is not told."""
    found = []
    for known, run in groupby(enumerate(weeks), key=lambda one: earlier(one[1]) is not None):
        if not known:
            continue
        path = ""
        for number, week in run:
            x, y = _LEFT + number * step, foot - height(earlier(week) or 0)
            path += f"{'L' if path else 'M'}{x:.1f} {y:.1f}H{x + step:.1f}"
        found.append(Markup('<path class="before" d="{}"/>').format(path))
    return found


def _dates(weeks: Sequence[Week], top: float, width: int) -> Markup:
    step = (width - _LEFT - _RIGHT) / max(1, len(weeks))
    every = _QUARTER if width > _NARROW else 2 * _QUARTER
    marked = range(0, max(1, len(weeks) - every // 2), every)
    return Markup().join(
        Markup(
            '<path class="tick" d="M{:.1f} {:g}v5"/><text class="day" x="{:.1f}" y="{:g}">{}</text>'
        ).format(_LEFT + number * step, top, _LEFT + number * step, top + 19, weeks[number].first.isoformat())
        for number in marked
    )


def _round_up(count: int) -> int:
    """The end of an axis: 1, 2 or 5 times a power of ten, or that number times two."""
    size = 1
    while True:
        for times in (1, 2, 4, 6, 8):
            if times * size >= count:
                return times * size
        size *= 10
