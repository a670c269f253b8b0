"""Where names and values stand on a map of the provinces: one placement for the server's map and Plotly's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.outlines import LETTERS, LINE, VALUE_LINE, WIDTH, Labels, Place, outlines
from geodata.provinces import PROVINCES

#: In a frame narrower than this names stand in the middle of their provinces: the map is looked at closely.
CLOSE = 450.0
#: Where a name may go that points lie under: units from its own place, near ones first.
_MOVES = np.array(
    sorted(product(range(-36, 37, 6), range(-36, 37, 4)), key=lambda move: abs(move[0]) + abs(move[1]))
)
#: What a move costs in square units, so that of two free places the nearer one is taken.
_FAR = np.abs(_MOVES).sum(axis=1)
#: Width of a letter, of its height; and how much dearer it is to lie on another name than on a point.
_ADVANCE = {"en": 0.62, "km": 0.7}
_ON_A_NAME = 3.0

#: West, north, east, south, in units.
Box = tuple[float, float, float, float]


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


def clear_of(placed: Sequence[Label], points: Sequence[Box], language: str, size: float) -> list[Label]:
    """Move each name to the nearest place at which it covers least of points and of other names.

    Where there is no free place a name stays on something: a map of many points cannot be read without names.
    """
    moved: list[Label] = []
    taken = np.zeros((0, 4))
    for label in placed:
        at = np.array(_box(label, language, size)) + np.hstack([_MOVES, _MOVES])
        covered = _common(at, np.array(points).reshape(-1, 4)) + _ON_A_NAME * _common(at, taken) + _FAR
        best = int(np.argmin(covered))
        dx, dy = _MOVES[best].tolist()
        lines = [(round(base + dy, 1), word) for base, word in label.lines]
        value = (round(label.value[0] + dy, 1), label.value[1])
        moved.append(replace(label, x=label.x + dx, y=label.y + dy, lines=lines, value=value))
        taken = np.vstack([taken, at[best]])
    return moved


def _box(label: Label, language: str, size: float) -> Box:
    longest = max(
        sum(not unicodedata.category(letter).startswith("M") for letter in word)
        for word in [word for _, word in label.lines] or [""]
    )
    half = longest * _ADVANCE["km" if language == "km" else "en"] * size / 2
    high = size * max(1, len(label.lines)) / 2
    return label.x - half, label.y - high, label.x + half, label.y + high


def _common(ones: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each of some boxes has in common with all others, in square units."""
    first, second = ones[:, None, :], others[None, :, :]
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    found: NDArray[np.float64] = np.prod(np.clip(sides, 0, None), axis=-1).sum(axis=1)
    return found
