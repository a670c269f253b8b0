"""Where a place stands among its like: for each measure its rank, and between which ranks it may lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.axes import GRID, LETTERS, heading
from dashboard.figures.svg.draw import group, line, tag
from dashboard.figures.svg.lines import wrap
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import light, mixed
from dashboard.messages import Translate

_BAND = mixed(light("accent"), light("map-paper"), 0.25)
_LINE, _SCALE, _GAP = 20.0, 46.0, 18.0


@dataclass(frozen=True)
class Scale:
    """One measure. `said`, `beside`: the rank and the place next to it in words; ranks begin at 1."""

    name: str
    said: str
    beside: str
    rank: int
    first: int
    last: int
    of: int


def ranks(scales: Sequence[Scale]) -> Drawing:
    """Draw every scale beneath the one before it, with its words."""
    parts: list[Markup] = []
    y = 0.0
    for one in scales:
        parts.append(heading(one.name, 0, y + 16))
        y += 18
        for text in wrap(one.said, LETTERS, INNER):
            y += _LINE
            parts.append(tag("text", text, x=0, y=y, font_size=LETTERS))
        parts.append(_scale(one, y + 18))
        y += _SCALE
        for text in wrap(one.beside, LETTERS, INNER) if one.beside else ():
            y += _LINE
            parts.append(tag("text", text, x=0, y=y, font_size=LETTERS, class_="muted"))
        y += _GAP
    return Drawing(group(parts), y)


def keys(t: Translate) -> list[Key]:
    """The legend of the scales."""
    return [
        Key(t("rank of this place"), theme.TREND, "dot"),
        Key(t("ranks between which it may lie"), _BAND, "band"),
    ]


def _scale(one: Scale, y: float) -> Markup:
    """A line from the first rank to the last one, with the ranks that are possible."""

    def x(rank: float) -> float:
        return 8 + (rank - 1) / max(1, one.of - 1) * (INNER - 16)

    band = tag(
        "rect",
        x=x(one.first) - 7,
        y=y - 7,
        width=x(one.last) - x(one.first) + 14,
        height=14,
        rx=7,
        fill=_BAND,
    )
    ends = [
        tag(
            "text",
            f"{rank:,}",
            x=x(rank),
            y=y + 24,
            text_anchor="start" if rank == 1 else "end",
            font_size=LETTERS - 1,
            class_="muted",
        )
        for rank in dict.fromkeys((1, one.of))
    ]
    ground = tag("path", d=line([(x(1), y), (x(one.of), y)]), stroke=GRID, stroke_width=4)
    dot = tag("circle", cx=x(one.rank), cy=y, r=6, fill=theme.TREND, stroke=light("map-paper"))
    return group([ground, band, dot, *ends])
