"""Bounds by linear programmes: how low and how high a hidden number can be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveillance.disclosure.audit.programme import Piece, Reals, Whole
from surveillance.disclosure.audit.solver import Programme

#: Solvers answer to within a millionth.
NEARLY = 1e-5
#: Rounds of the programme that serves all targets at once. What is left then is asked one by one.
_ROUNDS = 60


@dataclass
class Targets:
    """Numbers of a piece whose range is asked for: that one may be `down` or lower, and `up` or higher.

    A target is a number of the piece, or a denominator: then `first` and `second` are its numerator and its
    rest, or what is unknown of the two, and `known` is the other. `second` is -1 where it is alone.

    Parameters
    ----------
    first, second : array of int64, shape (targets,)
    known : array of float64, shape (targets,)
    down, up : array of float64, shape (targets,)
    loose : array of bool, shape (targets,)
        Only asked whether they can differ: `down` and `up` are not asked for.
    """

    first: Whole
    second: Whole
    known: Reals
    down: Reals
    up: Reals
    loose: NDArray[np.bool_]
    least: Reals = field(init=False)
    most: Reals = field(init=False)
    whole: NDArray[np.bool_] = field(init=False)
    asked: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing seen."""
        count = len(self.first)
        self.least, self.most = np.full(count, np.inf), np.full(count, -np.inf)
        self.whole = np.ones(count, np.bool_)

    def values(self, point: Reals) -> Reals:
        """Return the targets' values at a point of the piece.

        Parameters
        ----------
        point : array of float64, shape (unknowns,)

        Returns
        -------
        array of float64, shape (targets,)
        """
        return point[self.first] + np.where(self.second < 0, 0.0, point[self.second]) + self.known

    def seen(self, point: Reals) -> None:
        """Learn from a table that agrees with what is published.

        Parameters
        ----------
        point : array of float64, shape (unknowns,)
        """
        value = self.values(point)
        np.minimum(self.least, value, out=self.least)
        np.maximum(self.most, value, out=self.most)

    @property
    def not_down(self) -> NDArray[np.bool_]:
        """Targets that no table has shown low enough."""
        return ~self.loose & (self.least > self.down + NEARLY)

    @property
    def not_up(self) -> NDArray[np.bool_]:
        """Targets that no table has shown high enough."""
        return ~self.loose & (self.most < self.up - NEARLY)

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Loose targets of which no two tables have shown different numbers."""
        return self.loose & (self.most - self.least < 1 - NEARLY)


def certify(piece: Piece, targets: Targets, seed: int = 0) -> None:
    """Find the range of each target, as far as `down` and `up` ask for it.

    One programme serves many targets: it asks for the highest sum of what each has, counted up to `up`. Each
    answer is a table that agrees with all that is published, and shows what is possible for every target at
    once. Targets that no answer shows are asked for alone: then the answer is the exact bound.

    Parameters
    ----------
    piece : Piece
    targets : Targets
        Changed in place: `least` and `most` end as what was reached. Where one is not as far as asked, it is
        the exact bound.
    seed : int
        Of the weights that spread the answers.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> from surveillance.disclosure.audit.programme import pieces
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells = release()
    >>> propagate(cells)
    >>> numerator = Targets(
    ...     np.array([0]), np.array([-1]), np.zeros(1), np.ones(1), np.full(1, 4.0), np.array([False])
    ... )
    >>> certify(pieces(cells)[0], numerator)
    >>> numerator.not_down.tolist(), numerator.not_up.tolist()  # both 1 and 4 are possible
    ([False], [False])
    """
    model = together(piece, targets, seed)
    if model is None:
        return
    asked = model.programme.asked
    for up in (True, False):
        for one in np.flatnonzero(targets.not_up if up else targets.not_down):
            if (targets.not_up if up else targets.not_down)[one]:
                model.alone(int(one), up)
    for up in (True, False):
        for one in np.flatnonzero(targets.exact):
            if targets.exact[one]:
                model.alone(int(one), up)
    targets.asked += model.programme.asked - asked


def together(piece: Piece, targets: Targets, seed: int = 0) -> Model | None:
    """Ask for many targets at once, as long as that shows more of them.

    Parameters
    ----------
    piece : Piece
    targets : Targets
        Changed in place: what was seen.
    seed : int

    Returns
    -------
    Model or None
        For further questions; None where nothing is open.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> from surveillance.disclosure.audit.programme import pieces
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells = release()
    >>> propagate(cells)
    >>> numerator = Targets(
    ...     np.array([0]), np.array([-1]), np.zeros(1), np.ones(1), np.full(1, 4.0), np.array([False])
    ... )
    >>> together(pieces(cells)[0], numerator) is None, numerator.not_down.tolist()
    (False, [False])
    """
    if not (targets.not_down.any() or targets.not_up.any() or targets.exact.any()):
        return None
    model = Model(piece, targets)
    random = np.random.default_rng(seed)
    for up in (True, False):
        for _ in range(_ROUNDS):
            open_ = targets.not_up if up else targets.not_down
            before = int(open_.sum())
            if not before:
                break
            model.together(open_, up, random)
            if int((targets.not_up if up else targets.not_down).sum()) == before:
                break
    targets.asked += model.programme.asked
    return model


class Model:
    """A piece with two columns for each target: what it has up to a cap, and what it has beyond."""

    def __init__(self, piece: Piece, targets: Targets) -> None:
        self.targets, self.unknowns = targets, len(piece.number)
        count = len(targets.first)
        two = np.flatnonzero(targets.second >= 0)
        # target - up to the cap - beyond = 0
        at = np.concatenate([np.arange(count), two])
        own = sparse.csr_array(
            (np.ones(len(at)), (at, np.concatenate([targets.first, targets.second[two]]))),
            shape=(count, self.unknowns),
        )
        each = sparse.identity(count, format="csr")
        matrix = sparse.block_array([[piece.rows.matrix, None, None], [own, -each, -each]], format="csc")
        zeros, known = np.zeros(count), targets.known
        self.programme = Programme(
            sparse.csc_array(matrix),
            np.concatenate([piece.rows.least, -known]),
            np.concatenate([piece.rows.most, -known]),
            np.concatenate([piece.low, zeros, zeros]),
            np.concatenate([piece.high, targets.up, np.full(count, np.inf)]),
        )
        self.up = True

    def _cap(self, up: bool) -> None:
        """Count up to `up`, or up to `down`."""
        if up != self.up:
            count = len(self.targets.first)
            columns = self.unknowns + np.arange(count)
            self.programme.bound(columns, np.zeros(count), self.targets.up if up else self.targets.down)
            self.up = up

    def together(self, open_: NDArray[np.bool_], up: bool, random: np.random.Generator) -> None:
        """Ask for all open targets at once, with weights so that answers are not halves of two."""
        self._cap(up)
        count = len(open_)
        cost = np.zeros(self.unknowns + 2 * count)
        weights = np.where(open_, 1 + random.random(count), 0)
        if up:
            cost[self.unknowns : self.unknowns + count] = -weights
        else:
            cost[self.unknowns + count :] = weights
        self.targets.seen(self.programme.lowest(cost)[: self.unknowns])

    def alone(self, target: int, up: bool) -> None:
        """Ask for the bound of one target."""
        cost = np.zeros(self.unknowns + 2 * len(self.targets.first))
        sign = -1.0 if up else 1.0
        self._cap(up)
        cost[self.targets.first[target]] += sign
        if self.targets.second[target] >= 0:
            cost[self.targets.second[target]] += sign
        self.targets.seen(self.programme.lowest(cost)[: self.unknowns])
