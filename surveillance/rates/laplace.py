"""The spatial model at given hyperparameters: its most likely effects, and Laplace's approximation there.

With r events, e expected ones and x = log relative rate of each area:

    r ~ Poisson(e exp(x)),  x = m + s (sqrt(1 - p) v + sqrt(p) u),

v independent and u by the scaled matrix of neighbours, both with variance about one. The unknowns are x, u
and m together, whose precision matrix is sparse; the effects u of a connected group sum to zero, which stands
as further rows of the equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats
from surveillance.rates.structure import Structure

#: Precision of the common level before the data, around the crude rate of all areas: a standard deviation of
#: ten on the scale of logarithms.
LEVEL_PRECISION = 0.01
_STEPS, _CLOSE = 100, 1e-9
_CORRECTIONS = 2


@dataclass(frozen=True, eq=False)
class Fit:
    """The model at one pair of hyperparameters.

    Parameters
    ----------
    evidence : float
        Log of the probability of the data, but for a constant.
    effects : ndarray of float, shape (2 n + 1,)
        Most likely x, u and m.
    mean, spread : ndarray of float, shape (n,)
        Mean and standard deviation of each x in the normal approximation; empty where nobody asked.
    """

    evidence: float
    effects: Floats
    mean: Floats
    spread: Floats


class Model:
    """A map with its events.

    Parameters
    ----------
    events : ndarray of float, shape (n,)
        NaN where unknown: such an area says nothing.
    expected : ndarray of float, shape (n,)
        Zero or more.
    map_ : Structure
    """

    def __init__(self, events: Floats, expected: Floats, map_: Structure) -> None:
        """Arrange the parts of the matrix that do not depend on hyperparameters."""
        from scipy.sparse import coo_array  # noqa: PLC0415 - most commands never need it

        size = len(map_)
        self.size, self.map = size, map_
        known = ~np.isnan(events) & (expected > 0)
        self.events = np.where(known, events, 0.0)
        self.expected = np.where(known, expected, 0.0)
        groups = map_.groups
        self.whole = 2 * size + 1 + len(groups)
        place = np.arange(size)
        inner = coo_array(map_.precision)
        level = np.full(size, 2 * size)
        bound = [
            (2 * size + 1 + number, size + area) for number, group in enumerate(groups) for area in group
        ]
        rows, columns = np.array(bound, dtype=np.int64).T
        #: Where each part stands, in the order in which `_values` gives its numbers.
        self._rows = np.concatenate([
            place, place, size + place, place, level, size + place, level, size + place, [2 * size],
            size + inner.row, rows, columns,
        ])  # fmt: skip
        self._columns = np.concatenate([
            place, size + place, place, level, place, level, size + place, size + place, [2 * size],
            size + inner.col, columns, rows,
        ])  # fmt: skip
        self._inner, self._bounds = inner.data, np.ones(2 * rows.size)

    def _matrix(self, weights: Floats, spread: float, mixing: float) -> Any:
        from scipy.sparse import coo_array, csc_array  # noqa: PLC0415 - most commands never need it

        size = self.size
        own, part = 1 / (spread**2 * (1 - mixing)), spread * np.sqrt(mixing)
        each = np.ones(size)
        values = np.concatenate([
            own + weights, -own * part * each, -own * part * each, -own * each, -own * each,
            own * part * each, own * part * each, own * part**2 * each, [size * own + LEVEL_PRECISION],
            self._inner, self._bounds,
        ])  # fmt: skip
        return csc_array(coo_array((values, (self._rows, self._columns)), shape=(self.whole, self.whole)))

    def _log_joint(self, x: Floats, spread: float, mixing: float) -> float:
        size = self.size
        rate, map_, level = x[:size], x[size : 2 * size], x[2 * size]
        own, part = 1 / (spread**2 * (1 - mixing)), spread * np.sqrt(mixing)
        rest = rate - level - part * map_
        seen = (self.events * rate - self.expected * np.exp(rate)).sum()
        prior = size * np.log(own) - own * (rest**2).sum() - map_ @ (self.map.precision @ map_)
        return float(seen + (prior - LEVEL_PRECISION * level**2) / 2)

    def start(self) -> Floats:
        """Return effects from which the search may begin.

        Returns
        -------
        ndarray of float, shape (2 n + 1,)
        """
        x = np.zeros(2 * self.size + 1)
        x[: self.size] = np.log((self.events + 1) / (self.expected + 1))
        return x

    def fit(self, spread: float, mixing: float, start: Floats, *, with_spread: bool = False) -> Fit:
        """Find the most likely effects by Newton's steps, and the evidence by Laplace's approximation.

        Parameters
        ----------
        spread : float
            Standard deviation of the log rates, above zero.
        mixing : float
            Part of the variance that follows the map, between 0 and 1.
        start : ndarray of float, shape (2 n + 1,)
        with_spread : bool, default False
            Whether the standard deviations are needed.

        Returns
        -------
        Fit

        Raises
        ------
        StatisticsError
            The search does not end.
        """
        from scipy.sparse.linalg import splu  # noqa: PLC0415 - most commands never need it

        size, free = self.size, 2 * self.size + 1
        x, held = start, self._log_joint(start, spread, mixing)
        for _ in range(_STEPS):
            weights = self.expected * np.exp(x[:size])
            solver = splu(self._matrix(weights, spread, mixing))
            step = solver.solve(self._slope(x, weights, spread, mixing))[:free]
            if float(np.abs(step).max()) < _CLOSE:
                break
            length = 1.0
            while (tried := self._log_joint(x + length * step, spread, mixing)) < held - 1e-9 * abs(held):
                length /= 2
                if length < 1e-10:
                    raise StatisticsError("the spatial model cannot be fitted to these numbers")
            x, held = x + length * step, tried
        else:
            raise StatisticsError("the spatial model cannot be fitted to these numbers")
        evidence = held - float(np.log(np.abs(solver.U.diagonal())).sum()) / 2
        if not with_spread:
            return Fit(evidence, x, np.empty(0), np.empty(0))
        return Fit(evidence, x, *self._corrected(x, solver, spread, mixing))

    def _corrected(self, x: Floats, solver: Any, spread: float, mixing: float) -> tuple[Floats, Floats]:
        """Means and standard deviations of the normal distribution that lies nearest to the posterior.

        Its mean is no mode: few events have a long tail. The expected events of each area are those of the
        normal distribution, e exp(x + variance / 2), and a few of Newton's steps follow.
        """
        from scipy.sparse.linalg import splu  # noqa: PLC0415 - most commands never need it

        size = self.size
        mean, variance = x, self._variances(solver)
        for _ in range(_CORRECTIONS):
            for _ in range(2):
                weights = self.expected * np.exp(mean[:size] + variance / 2)
                solver = splu(self._matrix(weights, spread, mixing))
                mean = mean + solver.solve(self._slope(mean, weights, spread, mixing))[: 2 * size + 1]
            variance = self._variances(solver)
        return mean[:size], np.sqrt(variance)

    def _variances(self, solver: Any) -> Floats:
        # One by one: many sides at once go to a library that starts threads, and waits for them far longer
        # than such a small system takes.
        found, unit = np.empty(self.size), np.zeros(self.whole)
        for place in range(self.size):
            unit[place] = 1.0
            found[place] = solver.solve(unit)[place]
            unit[place] = 0.0
        return found

    def _slope(self, x: Floats, weights: Floats, spread: float, mixing: float) -> Floats:
        """Gradient of the log joint probability, and zeros for the rows of the constraints."""
        size = self.size
        rate, map_, level = x[:size], x[size : 2 * size], x[2 * size]
        own, part = 1 / (spread**2 * (1 - mixing)), spread * np.sqrt(mixing)
        rest = own * (rate - level - part * map_)
        found = np.zeros(self.whole)
        found[:size] = self.events - weights - rest
        found[size : 2 * size] = part * rest - self.map.precision @ map_
        found[2 * size] = rest.sum() - LEVEL_PRECISION * level
        return found
