"""A curve of cases as a drawing: a bar for each step, divided by group, over what the year before had.

Days that the calendar marks are bands with their names; a closed crossing is hatched. Running and incomplete
steps are hollow. What is still to come of the last weeks is an outline with its interval.
The same drawing is made wide for screens and files, and narrow for phones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.axes import LETTERS, Frame, count, values_axis
from dashboard.figures.svg.draw import Content, group, line, number, tag
from dashboard.figures.svg.lines import width
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import TOKENS, light
from dashboard.messages import Translate

_HIGH, _ROW = 250.0, 18.0
#: Width of a drawing for phones.
NARROW = 336.0
_BAND, _CLOSED, _PALE = (light(f"curve-{name}") for name in ("band", "closed", "pale"))
PARTS = tuple(
    light(name)
    for name in ("rank-1", "rank-2", "rank-3", "rank-4", "rank-5", "rank-7", "rank-6", "rank-8", "chance")
)
#: How much is left of the colour of a group in a running or incomplete step.
_HOLLOW = 0.4
_TOKENS = {token.light: name for name, token in reversed(TOKENS.items())}
_HEX = re.compile(r'="(#[0-9a-f]{6})"')


@dataclass(frozen=True)
class Bar:
    """One step.

    `count`: None where `sign` says why; `hollow`: running or incomplete; `lines`: its name on the axis, one
    beneath the other; `expected`: how many when all have come, and the ends of the interval.
    """

    first: date
    last: date
    count: int | None
    sign: str
    lines: tuple[str, ...]
    says: str
    hollow: bool = False
    before: int | None = None
    parts: tuple[int, ...] = ()
    expected: tuple[int, int, int] | None = None
    #: The most that is usual: what lies above it is an alarm.
    limit: float | None = None

    @property
    def highest(self) -> float:
        """The highest number that is drawn of it."""
        return max(self.count or 0, self.before or 0, self.limit or 0, *(self.expected or (0,)))


@dataclass(frozen=True)
class Mark:
    """Days that are marked, with a name; `closed`: a crossing was closed on them."""

    first: date
    last: date
    label: str
    closed: bool = False


def curve(bars: Sequence[Bar], marks: Sequence[Mark], wide: float = INNER) -> Drawing:
    """Draw a curve; a step without a number leaves a gap with its sign."""
    if not bars:
        return Drawing(Markup(""), 0)
    most = max([1, *(bar.highest for bar in bars)])
    left = 14 + width(count(most), LETTERS)
    plain = Frame(left, 0, wide, 0, bars[0].first, bars[-1].last, most * 1.08)
    placed, rows = _labels(plain, marks)
    top = 10 + _ROW * rows
    frame = Frame(left, top, wide, top + _HIGH, bars[0].first, bars[-1].last, most * 1.08)
    parts = [_band(frame, mark) for mark in marks]
    parts.append(values_axis(frame, count, whole=True))
    parts += [_name(frame, *place) for place in placed]
    parts += [_bar(frame, bar) for bar in bars]
    parts += _along(frame, bars, [bar.before for bar in bars], theme.INK, "4 3")
    parts += _along(frame, bars, [bar.limit for bar in bars], theme.ACCENT)
    parts += [_expected(frame, bar) for bar in bars]
    parts.append(tag("path", d=line([(left, frame.bottom), (wide, frame.bottom)]), stroke=theme.AXIS))
    parts += _axis(frame, bars)
    deep = max(len(bar.lines) for bar in bars)
    return Drawing(group(parts), frame.bottom + 12 + 17 * deep, width=wide)


def keys(
    bars: Sequence[Bar], marks: Sequence[Mark], parts: Sequence[str], what: str, t: Translate, limit: str = ""
) -> list[Key]:
    """The legend: only what is on the drawing. `limit`: what the line of the most that is usual is called."""
    found = [] if parts else [Key(what, theme.TREND)]
    for at, name in enumerate(parts):
        if any(at < len(bar.parts) and bar.parts[at] for bar in bars):
            found.append(Key(name, PARTS[at % len(PARTS)]))
    if parts and any((bar.count or 0) > sum(bar.parts) for bar in bars):
        found.append(Key(t("not divided, or hidden"), theme.TREND))
    if any(bar.before is not None for bar in bars):
        found.append(Key(t("the year before"), theme.INK, "dash"))
    if any(bar.limit is not None for bar in bars):
        found.append(Key(limit, theme.ACCENT, "line"))
    if any(bar.expected for bar in bars):
        found.append(
            Key(t("expected when all reports are in, with its 95% interval"), theme.TREND, "outline")
        )
    if any(bar.hollow for bar in bars):
        found.append(Key(t("pale: running or incomplete"), _PALE))
    if any(not mark.closed for mark in marks):
        found.append(Key(t("marked in the calendar"), _BAND, "band"))
    if any(mark.closed for mark in marks):
        found.append(Key(t("closed"), _CLOSED, "band"))
    signs = {bar.sign for bar in bars if bar.count is None and bar.sign}
    looks = [look for look in (theme.HIDDEN, theme.NOT_REPORTED) if look.sign in signs]
    return [*found, *(Key(t(look.label), look.colour, sign=look.sign) for look in looks)]


def token(colour: str) -> str:
    """The token of a colour of a drawing, as a page writes it."""
    return f"var(--{_TOKENS[colour]})"


def has_token(colour: str) -> bool:
    """Whether a colour is one of the tokens: a mixture is not."""
    return colour in _TOKENS


def on_page(drawing: Drawing, label: str, name: str) -> Markup:
    """The drawing as part of a page, in the colours of its look. `name`: its class."""
    coloured = _HEX.sub(lambda found: f'="{token(found[1])}"', str(drawing.markup))
    return tag(
        "svg",
        Markup(coloured),  # noqa: S704 - a drawing of ours
        viewBox=f"0 0 {number(drawing.width)} {number(drawing.height)}",
        role="img",
        aria_label=label,
        class_=f"curve-figure {name}",
    )


def _span(frame: Frame, first: date, last: date) -> tuple[float, float]:
    """Left and right of some days within the frame."""
    begin = min(max(frame.x(first), frame.left), frame.right)
    end = min(max(frame.x(last + timedelta(days=1)), frame.left), frame.right)
    return begin, end


def _bar(frame: Frame, bar: Bar) -> Markup:
    begin, end = _span(frame, bar.first, bar.last)
    gap = min(1.5, (end - begin) * 0.14)
    if bar.count is None:
        return tag(
            "text",
            tag("title", bar.says),
            bar.sign,
            x=(begin + end) / 2,
            y=frame.bottom - 5,
            text_anchor="middle",
            font_size=min(12.0, max(7.0, end - begin)),
            class_="muted",
        )
    pieces = [(size, PARTS[at % len(PARTS)]) for at, size in enumerate(bar.parts) if size]
    rest = bar.count - sum(bar.parts)
    pieces.append((rest, theme.TREND))
    held, low = [tag("title", bar.says)], 0
    for size, colour in pieces:
        if size > 0:
            fill = _PALE if bar.hollow and colour == theme.TREND else colour
            left = _HOLLOW if bar.hollow and fill == colour else None
            y, high = frame.y(low + size), frame.y(low) - frame.y(low + size)
            held.append(
                tag(
                    "rect",
                    x=begin + gap,
                    y=y,
                    width=end - begin - 2 * gap,
                    height=high,
                    fill=fill,
                    fill_opacity=left,
                )
            )
        low += max(0, size)
    return group(held)


def _along(
    frame: Frame, bars: Sequence[Bar], levels: Sequence[float | None], stroke: str, dashes: str | None = None
) -> list[Markup]:
    """A line at a level over each step; broken where there is none."""
    found: list[Markup] = []
    corners: list[tuple[float, float]] = []
    look: dict[str, Content | None] = {
        "fill": "none",
        "stroke": stroke,
        "stroke_width": 1.4,
        "stroke_dasharray": dashes,
    }
    for bar, level in [*zip(bars, levels, strict=True), (None, None)]:
        if bar is None or level is None:
            if corners:
                found.append(tag("path", d=line(corners), **look))
            corners = []
            continue
        begin, end = _span(frame, bar.first, bar.last)
        corners += [(begin, frame.y(level)), (end, frame.y(level))]
    return found


def _expected(frame: Frame, bar: Bar) -> Markup:
    """What is still to come: an outline up to the number, and a stroke along the interval."""
    if bar.expected is None or bar.count is None:
        return Markup("")
    begin, end = _span(frame, bar.first, bar.last)
    gap = min(1.5, (end - begin) * 0.14)
    number_, lower, upper = bar.expected
    left, right, middle = begin + gap + 0.6, end - gap - 0.6, (begin + end) / 2
    top, bottom = frame.y(number_), frame.y(bar.count)
    cap = min(3.0, (right - left) / 3)
    low, high = frame.y(lower), frame.y(upper)
    return group(
        [
            tag("title", bar.says),
            tag(
                "path",
                d=line([(left, bottom), (left, top), (right, top), (right, bottom)]),
                fill="none",
                stroke=theme.TREND,
                stroke_width=1.6,
            ),
            tag("path", d=line([(middle, low), (middle, high)]), stroke=theme.INK, stroke_width=1.2),
            *(
                tag(
                    "path", d=line([(middle - cap, y), (middle + cap, y)]), stroke=theme.INK, stroke_width=1.2
                )
                for y in (low, high)
            ),
        ]
    )


def _band(frame: Frame, mark: Mark) -> Markup:
    begin, end = _span(frame, mark.first, mark.last)
    if end <= begin:
        return Markup("")
    fill = _CLOSED if mark.closed else _BAND
    high = frame.bottom - frame.top
    return tag("rect", x=begin, y=frame.top, width=max(2.0, end - begin), height=high, fill=fill)


def _labels(frame: Frame, marks: Sequence[Mark]) -> tuple[list[tuple[Mark, float, int]], int]:
    """The names of marks over their bands, in as many rows as they need: mark, middle and row of each."""
    ends: list[float] = []
    found = []
    for mark in sorted(marks, key=lambda one: one.first):
        begin, end = _span(frame, mark.first, mark.last)
        if end <= begin:
            continue
        half = width(mark.label, LETTERS - 1) / 2
        middle = min(max((begin + end) / 2, frame.left + half), frame.right - half)
        row = next((at for at, taken in enumerate(ends) if middle - half > taken + 6), len(ends))
        if row == len(ends):
            ends.append(0.0)
        ends[row] = middle + half
        found.append((mark, middle, row))
    return found, len(ends)


def _name(frame: Frame, mark: Mark, middle: float, row: int) -> Markup:
    y = frame.top - 6 - _ROW * row
    begin, end = _span(frame, mark.first, mark.last)
    x = (begin + end) / 2
    stroke = light("map-ring") if mark.closed else light("warn-line")
    return group(
        [
            tag("path", d=line([(x, y + 3), (x, frame.top + 4)]), stroke=stroke, stroke_width=1),
            tag(
                "text", mark.label, x=middle, y=y, text_anchor="middle", font_size=LETTERS - 1, fill=theme.INK
            ),
        ]
    )


def _axis(frame: Frame, bars: Sequence[Bar]) -> Iterator[Markup]:
    """Names of the steps beneath the bars: as many as have room."""
    widest = max(width(text, LETTERS) for bar in bars for text in bar.lines) + 12
    each = (frame.right - frame.left) / len(bars)
    every = max(1, -(-int(widest) // max(1, int(each))))
    free = frame.right + widest
    for bar in list(reversed(bars))[::every]:
        begin, end = _span(frame, bar.first, bar.last)
        half = widest / 2 - 6
        x = min(max((begin + end) / 2, frame.left + half - 4), frame.right - half)
        if x + half > free:
            continue
        free = x - half - 4
        yield tag("path", d=line([(begin, frame.bottom), (begin, frame.bottom + 4)]), stroke=theme.AXIS)
        for at, text in enumerate(bar.lines):
            yield tag(
                "text",
                text,
                x=x,
                y=frame.bottom + 18 + 16 * at,
                text_anchor="middle",
                font_size=LETTERS,
                class_="muted",
            )
