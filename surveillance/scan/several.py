"""Several data sets scanned together: clusters by the sum of their log likelihood ratios."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.scan.clusters import Cluster, cluster_table, member_table
from surveillance.scan.draws import Dealer, make_dealer
from surveillance.scan.kernels import several
from surveillance.scan.kernels.likelihood import TOLERANCE, ratios, rounding
from surveillance.scan.problem.arrays import Problem
from surveillance.scan.problem.zones import Blocks, Zones, cut
from surveillance.scan.search import Candidate, ends_of

_SCALE = 1.0
#: Seeds of the sets after the first lie so far apart.
_APART = 0x1E3779B97F4A7C15
SET_COLUMNS = ("cluster", "data_set", "observed", "expected", "observed_expected", "relative_risk", "llr")


@dataclass(frozen=True)
class SeveralSearch:
    """Data sets of the same places and units, made ready for the kernel; as `Search` is for one.

    `earlier`: earlier analyses whose windows are looked at, too.
    """

    problems: tuple[Problem, ...]
    zones: Zones
    shortest: int
    longest: int
    earlier: int = 0
    at_once: int = 1

    @property
    def problem(self) -> Problem:
        """The first data set, whose places and settings are those of all."""
        return self.problems[0]

    @cached_property
    def dealers(self) -> tuple[Dealer, ...]:
        """How replicates of each set are made."""
        return tuple(make_dealer(problem, 0) for problem in self.problems)

    @cached_property
    def _blocks(self) -> Blocks:
        units = self.problem.cases.shape[1]
        weights = np.sum([one.sizes.weights * (one.total / one.size) for one in self.problems], axis=0)
        return cut(self.zones, weights, min(1.0, self.longest / units), _SCALE)

    @cached_property
    def _cells(self) -> NDArray[np.float64]:
        return np.stack([_running(one.sizes.full()) for one in self.problems])

    @cached_property
    def tie(self) -> float:
        """Sums of ratios closer than this are equal."""
        return float(sum(rounding(one.kind, one.total, one.size) for one in self.problems))

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        settings, units = self.problem.settings, self.problem.cases.shape[1]
        if settings.time == "none":
            return np.ones(1, np.int64)
        return ends_of(settings, units, self.longest, self.earlier)

    def prepare(self, before_each: Callable[[], None] = lambda: None) -> None:
        """Do the work that replicates share."""
        for step in ("dealers", "_blocks", "_cells", "_ends", "tie"):
            before_each()
            getattr(self, step)

    def _best(
        self, counts: NDArray, order: NDArray[np.int64], start: int, stop: int, floor: float
    ) -> tuple[float, int, int, int]:
        problem, settings = self.problem, self.problem.settings
        shape = (len(self.problems), counts.shape[2])
        every = counts.sum(axis=1).astype(float)
        cases = np.array([one.total for one in self.problems], float)
        size = np.array([one.size for one in self.problems], float)
        found: tuple[float, int, int, int] = several.best_window(
            order, start, stop, self.shortest, self._ends, floor, self.zones.near, self.zones.first,
            self._blocks.first, self._blocks.stop, self._cells, counts, problem.kind, cases, size, every,
            problem.within is not None, settings.min_cases, float(settings.min_relative_risk or 0.0),
            settings.model != "space-time-permutation", settings.high, settings.low, self.tie,
            np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape),
            np.zeros(shape[0], np.int64), np.zeros(shape[0]),
        )  # fmt: skip
        return found

    def maxima(self, first: int, last: int) -> NDArray[np.float64]:
        """Largest sums of replicates `first` to `last - 1`."""
        seed, units = self.problem.settings.seed, self.problem.cases.shape[1]
        found = []
        for index in range(first, last):
            tables = [dealer.deal(seed_of(seed, number), index) for number, dealer in enumerate(self.dealers)]
            order = np.random.default_rng([seed, index]).permutation(self.zones.centres)
            counts = np.stack([_running(table) for table in tables])
            found.append(self._best(counts, order, 0, units, 0.0)[0])
        return np.array(found)

    def candidates(
        self, floor: float, run: Callable[[Callable, Iterable], Iterable] = map
    ) -> list[Candidate]:
        """Windows of the data above `floor`: each centre's best, and any time: its best before and after."""
        units = self.problem.cases.shape[1]
        counts = np.stack([_running(one.cases) for one in self.problems])
        floor = max(floor, TOLERANCE)

        def of(centre: int) -> list[Candidate]:
            found, waiting = [], [(0, units)]
            while waiting:
                start, stop = waiting.pop()
                best = self._best(counts, np.array([centre]), start, stop, floor)
                if best[1]:
                    found.append(Candidate(best[0], centre, *best[1:]))
                    if self.problem.settings.time == "retrospective":
                        after = [(start, best[2]), (best[3], stop)]
                        waiting += [(a, b) for a, b in after if a < b]
            return found

        return [item for part in run(of, range(self.zones.centres)) for item in part]


def seed_of(seed: int, number: int) -> int:
    """Return the seed of one of several data sets; the first has that of the scan.

    Parameters
    ----------
    seed : int
        From 0 to 2^63 - 1.
    number : int
        Of the data set, from 0 on.

    Returns
    -------
    int

    Examples
    --------
    >>> seed_of(7, 0), seed_of(7, 1) != seed_of(8, 0)
    (7, True)
    """
    return (seed + number * _APART) % (1 << 63)


def _running(table: NDArray) -> NDArray:
    """Return running sums over time, after a zero."""
    kind = np.float64 if table.dtype.kind == "f" else np.int64
    found = np.zeros((table.shape[0], table.shape[1] + 1), kind)
    np.cumsum(table, axis=1, out=found[:, 1:])
    return found


def limited_by_all(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Let the size of a zone be a share of what all data sets count together.

    Parameters
    ----------
    problems : sequence of Problem

    Returns
    -------
    tuple of Problem

    Examples
    --------
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": ["a", "b"], "x": [0, 1], "y": 0, "population": 100})
    >>> one = make_problem(pd.DataFrame({"location": list("aab")}), places, Settings("poisson"))
    >>> limited_by_all([one, one])[0].limits.tolist()
    [3.0, 3.0]
    """
    if problems[0].limit is not None:
        return tuple(problems)
    limit = np.sum([one.sizes.weights for one in problems], axis=0)
    return tuple(replace(one, limit=limit) for one in problems)


def tables_of_sets(
    problems: Sequence[Problem], zones: Zones, clusters: list[Cluster], maxima: NDArray[np.float64]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make the tables of clusters of several data sets.

    Parameters
    ----------
    problems : sequence of Problem
    zones : Zones
    clusters : list of Cluster
    maxima : ndarray of float, shape (replicates,)

    Returns
    -------
    clusters, members : DataFrame
        As of one set: observed and expected cases are sums over the sets, and there is no relative risk.
        Beside them `data_sets` says in words what each set holds.
    sets : DataFrame
        One row for each cluster and data set, columns `SET_COLUMNS`; `llr` is 0 where a set does not count.

    Examples
    --------
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> one = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> two = pd.DataFrame({"location": ["b", "c", "e"], "count": [5, 6, 2]})
    >>> found = scan([one, two], places, model="poisson", replicates=9)
    >>> found.sets.loc[found.sets["cluster"] == 1, "observed"].tolist()
    [17, 11]
    """
    tables = [cluster_table(one, zones, clusters, maxima) for one in problems]
    parts = [member_table(one, clusters) for one in problems]
    whole, members = tables[0].assign(data_sets=""), parts[0].copy()
    for table, others in ((whole, tables), (members, parts)):
        table["observed"] = sum(one["observed"] for one in others)
        table["expected"] = sum(one["expected"] for one in others)
        table["observed_expected"] = table["observed"] / table["expected"]
        table["relative_risk"] = np.nan
        if problems[0].settings.model != "poisson":
            table["population"] = sum(one["population"] for one in others)
    rows: list[dict[str, Any]] = []
    for at, cluster in enumerate(clusters):
        held = [_row(one, table, at, cluster) for one, table in zip(problems, tables, strict=True)]
        up, down = (sum(row["llr"] for row in held if row["high"] == high) for high in (True, False))
        ratio = cluster.window.ratio
        high = abs(up - ratio) <= abs(down - ratio)
        whole.loc[at, "rate"] = "high" if high else "low"
        whole.loc[at, "data_sets"] = "; ".join(
            f"{n}: {row['observed']} observed, {row['expected']:.2f} expected"
            for n, row in enumerate(held, 1)
        )
        rows += [
            row | {"data_set": n, "llr": row["llr"] if row["high"] == high else 0.0}
            for n, row in enumerate(held, 1)
        ]
    return whole, members, pd.DataFrame(rows, columns=list(SET_COLUMNS))


def _row(problem: Problem, table: pd.DataFrame, at: int, cluster: Cluster) -> dict[str, Any]:
    row = table.iloc[at]
    total = float(problem.total_of(cluster.window.start, cluster.window.stop))
    size = total if problem.within is not None else problem.size
    m = float(row["expected"]) * (size / total) if total else 0.0
    ratio = 0.0
    if m > 0:
        seen, meant = np.array([float(row["observed"])]), np.array([m])
        ratio = float(ratios(problem.kind, seen, meant, int(total), size)[0])
    return {
        "cluster": at + 1,
        "observed": int(row["observed"]),
        "expected": float(row["expected"]),
        "observed_expected": float(row["observed_expected"]),
        "relative_risk": float(row["relative_risk"]),
        "llr": ratio,
        "high": bool(row["observed"] > row["expected"]),
    }
