"""What can be worked out of numbers that were shown: by differences of two, and by bounds from all of them.

Written apart from what suppresses and audits: it knows that a sum is the sum of its parts, that nobody is
counted less than once, and that all places together are the same people, whichever kind of place they are
counted by. Only the solver of linear programmes is shared (`surveillance/disclosure/audit/solver.py`); it
knows nothing of what is hidden.

The numbers of one disease and measure are equations over people by place and stretch of time. A number that
follows from others of the same place (a quarter from its months) is left out, and months that no number tells
apart are one stretch. Neither changes an answer. `sums.py` bounds what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveillance.epiweek import period_last_day
from tests.security.attacks.issued import Cell, Period, Told
from tests.security.attacks.sums import NEARLY, ContradictionError, Row, Sums

#: People whom no row of a table names: they passed no crossing.
_OTHERS = {"crossing": ("(no crossing)",)}
#: All places together, whichever kind of place they are counted by.
_ALL = ("", "")
PARTS = ("numerator", "rest")
Series = tuple[str, str]


@dataclass
class Reckoned:
    """What an attack found, and how much it looked at."""

    found: list[str] = field(default_factory=list)
    #: Small numbers that were attacked; those told exactly; those told apart from another small number.
    attacked: int = 0
    exact: int = 0
    narrow: int = 0
    #: Different numbers that were seen; unknowns that sums leave open, and the programmes that were solved.
    seen: int = 0
    unknowns: int = 0
    programmes: int = 0

    def add(self, other: Reckoned) -> None:
        """Join what was found of another disease or reader."""
        self.found += other.found
        for name in ("attacked", "exact", "narrow", "seen", "unknowns", "programmes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Target(NamedTuple):
    """A small number that is attacked."""

    cell: Cell
    periods: tuple[Period, ...]
    part: str
    value: int


class Attack:
    """What can be worked out of one disease and measure.

    Parameters
    ----------
    told : sequence of Told
        What was shown.
    known : sequence of Told
        What the reader knows from elsewhere.
    targets : sequence of Told
        True numbers, of which the small ones are attacked.
    k : int
        The threshold: 1 to k - 1 are small.
    """

    def __init__(self, told: Sequence[Told], known: Sequence[Told], targets: Sequence[Told], k: int) -> None:
        self.k = k
        self.known = bool(known)
        self.targets = small_of(targets, k)
        #: Number of each part, place and set of months.
        self.seen: dict[tuple[str, Series, frozenset[date]], int] = {}
        self.contradictions: list[str] = []
        for one in (*told, *known):
            if not one.cell.axis:
                self._say(one)
        self._places: dict[str, list[str]] = {}
        for one in (*told, *known, *targets):
            if not one.cell.axis:
                held = self._places.setdefault(one.cell.dimension, [])
                if one.cell.place and one.cell.place not in held:
                    held.append(one.cell.place)
        for dimension, nameless in _OTHERS.items():
            if dimension in self._places:
                self._places[dimension].extend(nameless)

    def _say(self, one: Told) -> None:
        numbers = dict(one.numbers)
        if "denominator" in numbers and "numerator" in numbers:
            numbers["rest"] = numbers["denominator"] - numbers["numerator"]
        for part in PARTS:
            if part in numbers:
                key = (part, _series(one.cell), frozenset(_months(one.periods)))
                if self.seen.setdefault(key, numbers[part]) != numbers[part]:
                    self.contradictions.append(
                        f"{one.where}: {one.cell} {one.periods}: {part} {numbers[part]}, and {self.seen[key]}"
                    )

    def differenced(self) -> list[str]:
        """Pairs of numbers, one of people among those of the other, whose difference is a few people."""
        months = {month: at for at, month in enumerate(sorted({m for *_, held in self.seen for m in held}))}
        held: dict[tuple[str, Series], tuple[list[list[int]], list[int]]] = {}
        for (part, series, some), number in self.seen.items():
            sets, numbers = held.setdefault((part, series), ([], []))
            sets.append([months[month] for month in some])
            numbers.append(number)
        made = {key: (_masks(sets, len(months)), np.array(numbers)) for key, (sets, numbers) in held.items()}
        found = []
        for (part, series), (mask, number) in made.items():
            for other in dict.fromkeys((series, _ALL)):
                if (part, other) not in made:
                    continue
                wider, many = made[part, other]
                inside = (mask.astype(np.int32) @ (~wider).astype(np.int32).T) == 0
                if other == series:
                    inside &= ~(inside & inside.T)
                less = many[None, :] - number[:, None]
                for few, all_of in zip(*np.nonzero(inside & (less > 0) & (less < self.k)), strict=True):
                    found.append(f"{series} {part}: {many[all_of]} less {number[few]}")
        return found

    def narrowed(self, most: int | None = None) -> Reckoned:
        """Attack the small numbers, or the first `most` of them: which bounds tell from another small one?"""
        done = Reckoned(attacked=len(self.targets[:most]), seen=len(self.seen), found=self.contradictions[:])
        if done.found:
            return done
        targets = self.targets[:most]
        try:
            size, rows, questions = _equations(self.seen, self._places, targets)
            sums = Sums(size, rows)
            bounds = sums.bounds(questions, self.k)
        except ContradictionError as error:
            done.found.append(str(error))
            return done
        done.unknowns, done.programmes = sums.unknowns, sums.programmes
        for (cell, periods, part, value), (least, greatest) in zip(targets, bounds, strict=True):
            if least > 1 + NEARLY or greatest < self.k - 1 - NEARLY:
                done.found.append(f"{cell} {periods}: {part} {value} in {least:.2f}–{greatest:.2f}")
                done.narrow += 1
                done.exact += greatest - least < NEARLY
        return done


def small_of(told: Iterable[Told], k: int) -> list[Target]:
    """The small numbers of cells that are of no group."""
    found = []
    for one in told:
        if not one.cell.axis:
            numbers = dict(one.numbers)
            numbers["rest"] = numbers["denominator"] - numbers["numerator"]
            found += [
                Target(one.cell, one.periods, part, numbers[part])
                for part in (*PARTS, "denominator")
                if 0 < numbers[part] < k
            ]
    return found


def _equations(
    seen: Mapping[tuple[str, Series, frozenset[date]], int],
    places: Mapping[str, Sequence[str]],
    targets: Sequence[Target],
) -> tuple[int, list[Row], list[list[int]]]:
    """Write what was seen as rows over people by part, place and stretch of time.

    Returns
    -------
    (int, list of Row, list of list of int)
        How many unknowns there are, the rows, and the unknowns of each target.
    """
    asked = [frozenset(_months(one.periods)) for one in targets]
    stretch = _stretches([*(months for *_, months in seen), *asked])
    width = 1 + max(stretch.values(), default=-1)
    every = [_ALL, *((kind, place) for kind, held in places.items() for place in held)]
    at = {key: number for number, key in enumerate(product(PARTS, every, range(width)))}
    rows: list[Row] = []
    tied: dict[tuple[str, Series], _Tied] = {}
    # The shortest first: what is longer may follow from them.
    for (part, series, months), number in sorted(seen.items(), key=lambda one: len(one[0][2])):
        some = sorted({stretch[month] for month in months})
        if some and some[-1] - some[0] == len(some) - 1:
            follows = tied.setdefault((part, series), _Tied(width)).says(some[0], some[-1] + 1, number)
            if follows is not None and follows != number:
                raise ContradictionError(f"{series} {part}: {number}, and {follows} by its parts")
            if follows is not None:
                continue
        rows.append(([at[part, series, t] for t in some], [], number))
    for part, kind, t in product(PARTS, places, range(width)):
        rows.append(([at[part, (kind, place), t] for place in places[kind]], [at[part, _ALL, t]], 0))
    questions = [
        [at[part, _series(one.cell), t]
         for part in (PARTS if one.part == "denominator" else (one.part,))
         for t in sorted({stretch[month] for month in months})]
        for one, months in zip(targets, asked, strict=True)
    ]  # fmt: skip
    return len(at), rows, questions


class _Tied:
    """Sums of one place from a beginning to an end, of which one may follow from others."""

    def __init__(self, width: int) -> None:
        self._above = list(range(width + 1))
        #: What lies between a point in time and the one above it.
        self._less = [0] * (width + 1)

    def _top(self, point: int) -> tuple[int, int]:
        less = 0
        while self._above[point] != point:
            less, point = less + self._less[point], self._above[point]
        return point, less

    def says(self, begin: int, end: int, number: int) -> int | None:
        """What the sums so far say of this one; None where nothing, and from now on `number`."""
        (one, before), (other, after) = self._top(begin), self._top(end)
        if one == other:
            return after - before
        self._above[other], self._less[other] = one, before + number - after
        return None


def _series(cell: Cell) -> Series:
    return (cell.dimension, cell.place) if cell.place else _ALL


def _stretches(sets: Iterable[frozenset[date]]) -> dict[date, int]:
    """Number the months; those that always stand together have one number. As they follow one another."""
    different = dict.fromkeys(sets)
    months = sorted({month for held in different for month in held})
    marks = [tuple(month in held for held in different) for month in months]
    found: dict[date, int] = {}
    for at, month in enumerate(months):
        found[month] = found[months[at - 1]] + (marks[at] != marks[at - 1]) if at else 0
    return found


def _masks(sets: Sequence[Sequence[int]], width: int) -> NDArray[np.bool_]:
    mask = np.zeros((len(sets), width), dtype=bool)
    for number, held in enumerate(sets):
        mask[number, held] = True
    return mask


def _months(periods: Iterable[Period]) -> list[date]:
    found = []
    for kind, first in periods:
        last, month = period_last_day(first, kind), first  # type: ignore[arg-type]
        while month <= last:
            found.append(month)
            month = period_last_day(month, "month") + timedelta(days=1)
    return found


def reckoned(
    told: Sequence[Told],
    truth: Sequence[Told],
    k: int,
    known: Sequence[Told] = (),
    most: int | None = None,
    tell: Callable[[str], None] = lambda said: None,
) -> Reckoned:
    """What differences and bounds tell of small numbers.

    Parameters
    ----------
    told : sequence of Told
        What was shown.
    truth : sequence of Told
        All numbers, of which the small ones are attacked.
    k : int
        The threshold.
    known : sequence of Told
        What the reader has from elsewhere. It is not attacked.
    most : int, optional
        How many small numbers of each disease and measure; all of them without it.
    tell : function
        Is told how far it is.
    """
    done, own = Reckoned(), {(one.cell.dimension, one.cell.place) for one in known}
    parts: dict[tuple[str, str], tuple[list[Told], list[Told], list[Told]]] = {}
    for number, held in enumerate((told, known, truth)):
        for one in held:
            of = parts.setdefault((one.cell.disease, one.cell.measure), ([], [], []))
            of[number].append(one)
    keys = sorted({(one.cell.disease, one.cell.measure) for one in truth})
    for number, key in enumerate(keys):
        seen, from_elsewhere, targets = parts[key]
        targets = [one for one in targets if (one.cell.dimension, one.cell.place) not in own]
        attack = Attack(seen, from_elsewhere, targets, k)
        reached = attack.narrowed(most)
        if not known:
            reached.found[:0] = attack.differenced()
        reached.found = [f"{key}: {said}" for said in reached.found]
        done.add(reached)
        tell(
            f"{' '.join(key)}, {number + 1} of {len(keys)}: {reached.attacked} small numbers, "
            f"{reached.seen} seen, {reached.unknowns} unknowns, {reached.programmes} programmes, "
            f"found: {len(done.found)}"
        )
    return done
