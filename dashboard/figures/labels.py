"""Where names and values stand on a map of the provinces: one placement for the server's map and Plotly's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geodata.outlines import LETTERS, LINE, VALUE_LINE, WIDTH, Labels, Place, outlines
from geodata.provinces import PROVINCES

#: In a frame narrower than this names stand in the middle of their provinces: the map is looked at closely.
CLOSE = 450.0


class Said(NamedTuple):
    """What a label says: the province, its value (may be blank), and whether it lies on a strong colour."""

    code: str
    value: str
    strong: bool = False
    #: Whether the name is written; the value alone where not.
    named: bool = True


@dataclass(frozen=True)
class Label:
    """A label in units of the outlines: its middle, each line with its baseline, and the line that leads to
    it where it stands outside its province."""

    code: str
    x: float
    y: float
    lines: Sequence[tuple[float, str]]
    value: tuple[float, str]
    dark: bool
    leader: tuple[float, float, float, float] | None


def is_close(width: float) -> bool:
    """Whether a frame so wide, in units, shows a part of the country from close by."""
    return width < CLOSE


def letters(kind: Labels, width: float) -> float:
    """Size of letters in units, in a frame so wide."""
    return LETTERS[kind] * (width / WIDTH if is_close(width) else 1.0)


def labels(shown: Iterable[Said], language: str, width: float, *, names: bool) -> list[Label]:
    """Place names with their values or, for phones (`names` false), values alone; not what is blank."""
    kind: Labels = ("km" if language == "km" else "en") if names else "narrow"
    size, found = letters(kind, width), []
    for said in shown:
        named = names and said.named
        if not said.value and not named:
            continue
        outline = outlines().provinces[said.code]
        place = Place(outline.x, outline.y) if is_close(width) else outline.labels[kind]
        name = PROVINCES[said.code].name(language)
        words = (name.split(" ", 1) if place.split else [name]) if named else []
        step = LINE[kind] * size
        height = step * len(words) + (VALUE_LINE * size if said.value else 0)
        top = place.y - height / 2
        # A baseline stands four fifths down its line.
        lines = [(round(top + step * (row + 0.8), 1), word) for row, word in enumerate(words)]
        below = round(top + step * len(words) + VALUE_LINE * size * 0.8, 1)
        dark = place.leader is None and said.strong
        found.append(Label(said.code, place.x, place.y, lines, (below, said.value), dark, place.leader))
    return found
