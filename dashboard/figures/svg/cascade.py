"""A cascade as a drawing: a bar for each step, beside it those who were lost and those who are unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.axes import GRID, LETTERS, heading
from dashboard.figures.svg.draw import group, tag
from dashboard.figures.svg.lines import wrap
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import light
from dashboard.messages import Translate

_PALE, _UNKNOWN = light("curve-pale"), GRID
_HIGH, _LINE, _GAP = 22.0, 18.0, 14.0


@dataclass(frozen=True)
class Bar:
    """One step. `people` is None where `sign` says why; `says`: the numbers in words."""

    name: str
    says: str
    people: int | None
    lost: int = 0
    unknown: int = 0
    sign: str = ""


def cascade(bars: Sequence[Bar], wide: float = INNER) -> Drawing:
    """Draw the steps beneath one another, all on the scale of the largest."""
    most = max([1, *((bar.people or 0) + bar.lost + bar.unknown for bar in bars)])
    parts: list[Markup] = []
    y = 0.0
    for bar in bars:
        parts.append(heading(bar.name, 0, y + 16))
        y += 22
        parts.append(_bar(bar, y, wide / most))
        y += _HIGH
        for text in wrap(bar.says, LETTERS, wide):
            y += _LINE
            parts.append(tag("text", text, x=0, y=y, font_size=LETTERS, class_="muted"))
        y += _GAP
    return Drawing(group(parts), y, width=wide)


def keys(bars: Sequence[Bar], t: Translate) -> list[Key]:
    """The legend: only what is on the drawing."""
    found = [Key(t("took this step"), theme.TREND)]
    if any(bar.lost for bar in bars):
        found.append(Key(t("did not take it"), _PALE))
    if any(bar.unknown for bar in bars):
        found.append(Key(t("not recorded whether"), _UNKNOWN))
    signs = {bar.sign for bar in bars if bar.people is None and bar.sign}
    looks = [look for look in (theme.HIDDEN, theme.NOT_REPORTED) if look.sign in signs]
    return [*found, *(Key(t(look.label), look.colour, sign=look.sign) for look in looks)]


def _bar(bar: Bar, y: float, each: float) -> Markup:
    if bar.people is None:
        return tag("text", bar.sign, x=0, y=y + 16, font_size=LETTERS + 2, class_="muted")
    held, left = [tag("title", f"{bar.name}: {bar.says}")], 0.0
    for size, colour in ((bar.people, theme.TREND), (bar.lost, _PALE), (bar.unknown, _UNKNOWN)):
        if size > 0:
            wide = max(size * each, 1.0)
            held.append(tag("rect", x=left, y=y, width=wide, height=_HIGH, fill=colour))
            left += wide
    if not left:
        held.append(tag("text", "0", x=0, y=y + 16, font_size=LETTERS + 2))
    return group(held)
