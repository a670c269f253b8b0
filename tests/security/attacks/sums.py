"""Bounds of numbers of people from sums that were told: by arithmetic first, then by linear programmes.

Unknowns are numbers of people, so none is below zero. Each row says that some unknowns, less some others, are
a number. A question is a sum of unknowns: how few and how many can they be?

A question is only bounded as far as it matters: it is safe once one solution makes it 1 or less and another
k - 1 or more. Each solution is tried on every question of its part, and programmes that move many questions
at once come first; a programme of its own is solved for what these leave open. What is not safe has been
asked by itself both ways, so that its bounds are the narrowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveillance.disclosure.audit.solver import Programme, UnsolvedError

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
#: Unknowns that are added, unknowns that are taken away, and what they are together.
Row = tuple[Sequence[int], Sequence[int], int]
#: More people than there are, where nothing bounds a number; what is nearly a whole number.
CROWD, NEARLY = 1e6, 1e-6
#: Passes over all sums, and programmes that move many questions at once, before each is asked by itself.
_PASSES, _TOGETHER = 200, 12


class ContradictionError(ValueError):
    """Numbers of which not all can be true."""


@dataclass
class _Bounded:
    """A question of one part: how low and how high a solution took it, and whether it goes no further."""

    cost: Reals
    low: float = np.inf
    high: float = -np.inf
    lowest: bool = False
    highest: bool = False


@dataclass
class _Part:
    """Unknowns that say something of each other, and nothing of any other."""

    columns: Whole
    programme: Programme
    asked: list[_Bounded] = field(default_factory=list)
    known: dict[tuple[int, ...], int] = field(default_factory=dict)

    def asks(self, columns: Sequence[int]) -> int:
        """Add a question; its number here. The same question is one."""
        key = tuple(columns)
        if key not in self.known:
            self.known[key] = len(self.asked)
            cost = np.zeros(len(self.columns))
            cost[np.searchsorted(self.columns, columns)] = 1.0
            self.asked.append(_Bounded(cost))
        return self.known[key]

    def solve(self, numbers: Sequence[int], sign: int) -> None:
        """Move some questions together, as low (1) or as high (-1) as they go."""
        cost = sum((self.asked[number].cost for number in numbers), np.zeros(len(self.columns)))
        try:
            point = self.programme.lowest(sign * cost)
        except UnsolvedError as error:
            raise ContradictionError(f"the numbers contradict one another ({error})") from error
        for one in self.asked:
            value = float(one.cost @ point)
            one.low, one.high = min(one.low, value), max(one.high, value)
        if len(set(numbers)) == 1:
            only = self.asked[numbers[0]]
            only.lowest, only.highest = only.lowest or sign > 0, only.highest or sign < 0

    def narrow(self, number: int, signs: Sequence[int] = (1, -1)) -> None:
        """Ask a question by itself, where it has not been."""
        for sign in signs:
            one = self.asked[number]
            if not (one.lowest if sign > 0 else one.highest):
                self.solve([number], sign)


class Sums:
    """What sums tell of their parts.

    Parameters
    ----------
    size : int
        How many unknowns there are.
    rows : sequence of Row
    """

    def __init__(self, size: int, rows: Sequence[Row]) -> None:
        self.size = size
        self._matrix, self._right = _matrix(rows, size)
        self.least, self.most = _propagated(self._matrix, self._right)
        self._parts = self._apart()
        #: Unknowns that arithmetic leaves open.
        self.unknowns = sum(len(part.columns) for part in self._parts)

    @property
    def programmes(self) -> int:
        """Linear programmes that were solved."""
        return sum(part.programme.asked for part in self._parts)

    def bounds(self, questions: Sequence[Sequence[int]], k: int) -> list[tuple[float, float]]:
        """Bound sums of unknowns.

        Parameters
        ----------
        questions : sequence of sequence of int
            The unknowns of each sum.
        k : int
            What can be both 1 and k - 1 is bounded no further.

        Returns
        -------
        list of (float, float)

        Raises
        ------
        ContradictionError
            No numbers of people agree with all rows.
        """
        home = np.full(self.size, -1)
        for number, part in enumerate(self._parts):
            home[part.columns] = number
        constants, pieces = np.zeros(len(questions)), []
        for number, columns in enumerate(questions):
            inside: dict[int, list[int]] = {}
            for column in sorted(columns):
                inside.setdefault(int(home[column]), []).append(column)
            constants[number] = self.least[inside.pop(-1, [])].sum()
            pieces.append([(own, self._parts[own].asks(held)) for own, held in inside.items()])
        for part in self._parts:
            part.solve(range(len(part.asked)), 1)
        for sign in (1, -1):
            self._move(constants, pieces, sign, 1 if sign > 0 else k - 1)
        for one, held in enumerate(pieces):
            least, greatest = (self._reached(constants[one], held, sign) for sign in (1, -1))
            if least > 1 + NEARLY or greatest < k - 1 - NEARLY:
                for own, asked in held:
                    self._parts[own].narrow(asked)
        return [
            (self._reached(constants[one], held, 1), self._reached(constants[one], held, -1))
            for one, held in enumerate(pieces)
        ]

    def _reached(self, constant: float, pieces: Sequence[tuple[int, int]], sign: int) -> float:
        held = (self._parts[own].asked[asked] for own, asked in pieces)
        return float(constant + sum(one.low if sign > 0 else one.high for one in held))

    def _move(
        self, constants: Reals, pieces: Sequence[Sequence[tuple[int, int]]], sign: int, limit: int
    ) -> None:
        """Solve programmes until every question reaches the limit, or has been asked by itself."""

        def short(number: int) -> bool:
            reached = self._reached(constants[number], pieces[number], sign)
            return bool(pieces[number]) and sign * (reached - limit) > NEARLY

        left = [number for number in range(len(pieces)) if short(number)]
        for _ in range(_TOGETHER):
            wanted: dict[int, set[int]] = {}
            for number in left:
                for own, asked in pieces[number]:
                    wanted.setdefault(own, set()).add(asked)
            for own, some in wanted.items():
                self._parts[own].solve(sorted(some), sign)
            before, left = len(left), [number for number in left if short(number)]
            if len(left) > 0.8 * before:
                break
        for number in filter(short, left):
            for own, asked in pieces[number]:
                self._parts[own].narrow(asked, (sign,))

    def _apart(self) -> list[_Part]:
        """Part the unknowns that are left; what is certain is taken from the right-hand side."""
        open_ones = np.flatnonzero(self.most - self.least > NEARLY)
        if not len(open_ones):
            return []
        certain = np.where(self.most - self.least > NEARLY, 0.0, self.least)
        right = self._right - self._matrix @ certain
        matrix = sparse.csr_array(self._matrix[:, open_ones])
        lines = np.flatnonzero(np.diff(matrix.indptr))
        matrix, right = sparse.csr_array(matrix[lines]), right[lines]
        count, label = sparse.csgraph.connected_components(
            sparse.block_array([[None, abs(matrix)], [abs(matrix).T, None]], format="csr"), directed=False
        )
        of_line, of_column = label[: len(lines)], label[len(lines) :]
        found = []
        for one in range(count):
            inside, own = np.flatnonzero(of_column == one), np.flatnonzero(of_line == one)
            columns = open_ones[inside]
            programme = Programme(
                sparse.csc_array(matrix[own][:, inside]),
                right[own],
                right[own],
                self.least[columns],
                np.minimum(self.most[columns], CROWD),
            )
            found.append(_Part(columns, programme))
        return found


def _matrix(rows: Sequence[Row], size: int) -> tuple[sparse.csr_array, Reals]:
    data: list[float] = []
    line: list[int] = []
    column: list[int] = []
    for number, (plus, minus, _) in enumerate(rows):
        data += [1.0] * len(plus) + [-1.0] * len(minus)
        line += [number] * (len(plus) + len(minus))
        column += [*plus, *minus]
    matrix = sparse.csr_array((data, (line, column)), shape=(len(rows), size))
    return matrix, np.array([value for *_, value in rows], dtype=np.float64)


def _propagated(matrix: sparse.csr_array, right: Reals) -> tuple[Reals, Reals]:
    """Bounds by what each sum says of each of its parts, until nothing changes."""
    least, most = np.zeros(matrix.shape[1]), np.full(matrix.shape[1], np.inf)
    line = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    column, sign = matrix.indices, matrix.data
    for _ in range(_PASSES):
        before = least.copy(), most.copy()
        low = np.where(sign > 0, least[column], -most[column])
        high = np.where(sign > 0, most[column], -least[column])
        others_low, others_high = _others(line, low, len(right)), -_others(line, -high, len(right))
        # sign * x = right - others
        top, bottom = right[line] - others_low, right[line] - others_high
        np.minimum.at(most, column, np.where(sign > 0, top, -bottom))
        np.maximum.at(least, column, np.where(sign > 0, bottom, -top))
        if np.any(least > most + NEARLY):
            raise ContradictionError("the numbers contradict one another")
        if np.array_equal(before[0], least) and np.array_equal(before[1], most):
            break
    return least, most


def _others(line: Whole, low: Reals, lines: int) -> Reals:
    """Of each entry of a row, the sum of the other entries; minus infinity where one of those is."""
    endless = np.isneginf(low)
    finite = np.where(endless, 0.0, low)
    total = np.bincount(line, finite, lines)
    missing = np.bincount(line, endless, lines)
    return np.where(missing[line] - endless > 0, -np.inf, total[line] - finite)
