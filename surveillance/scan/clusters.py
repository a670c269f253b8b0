"""From candidates to the clusters that are listed, with everything a table of them holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.scan.gumbel import gumbel_p_value, rank_p_value, recurrence_interval
from surveillance.scan.kernels.likelihood import BERNOULLI, rounding
from surveillance.scan.periods import UNIT_DAYS
from surveillance.scan.problem.arrays import Problem
from surveillance.scan.problem.zones import Zones, kilometres
from surveillance.scan.search import Candidate

CLUSTER_COLUMNS = (
    "rank",
    "centre",
    "locations",
    "n_locations",
    "radius_km",
    "start",
    "end",
    "observed",
    "expected",
    "observed_expected",
    "relative_risk",
    "llr",
    "p_value",
    "gumbel_p_value",
    "recurrence_interval_days",
    "population",
    "rate",
)
MEMBER_COLUMNS = (
    "cluster",
    "location",
    "observed",
    "expected",
    "observed_expected",
    "relative_risk",
    "population",
)


@dataclass(frozen=True)
class Cluster:
    """A window that is listed, and its locations (numbers, in the order of the input)."""

    window: Candidate
    locations: NDArray[np.int64]


def select(
    problem: Problem, zones: Zones, candidates: list[Candidate], tie: float | None = None
) -> list[Cluster]:
    """Select the most likely cluster and the secondary ones: by ratio, none sharing both a place and a time.

    With equal ratios the cluster of fewer locations is first, then the one whose centre comes first in the
    input, then the one that starts earlier, then the shorter.

    Parameters
    ----------
    problem : Problem
    zones : Zones
        The zones of the candidates.
    candidates : list of Candidate
    tie : float, optional
        Ratios closer than this are equal; of the problem unless given.

    Returns
    -------
    list of Cluster
        The most likely first.

    Examples
    --------
    A scan reports two clusters that share no place:

    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["a", "f"], "count": [9, 8]})
    >>> found = scan(cases, places, model="poisson", replicates=9, max_population_share=0.2)
    >>> found.clusters["locations"].tolist()
    [['a'], ['f']]
    """
    left = np.ones(problem.place_of.size, dtype=bool)
    left[problem.taken_out] = False
    at_place = np.bincount(problem.place_of[left], minlength=problem.places)
    members = {id(item): zones.of(item.centre, item.places) for item in candidates}

    def key(item: Candidate) -> tuple[int, int, int, int]:
        return (int(at_place[members[id(item)]].sum()), item.centre, item.start, item.stop)

    taken = np.zeros((problem.places, problem.cases.shape[1]), dtype=bool)
    found = []
    near = rounding(problem.kind, problem.total, problem.size) if tie is None else tie
    for item in ranked(candidates, key, near):
        places = members[id(item)]
        if taken[places, item.start : item.stop].any():
            continue
        taken[places, item.start : item.stop] = True
        found.append(Cluster(item, np.flatnonzero(left & np.isin(problem.place_of, places))))
    return found


def ranked(candidates: list[Candidate], key: Callable[[Candidate], Any], tie: float) -> list[Candidate]:
    """Rank candidates: the highest ratio first, and those within `tie` of the highest that is left by `key`.

    Parameters
    ----------
    candidates : list of Candidate
    key : callable
        Takes a candidate and returns what equal candidates are sorted by.
    tie : float
        Log likelihood ratios closer than this are equal.

    Returns
    -------
    list of Candidate

    Examples
    --------
    >>> found = [Candidate(3.0, 1, 1, 0, 1), Candidate(3.0 + 1e-12, 2, 1, 0, 1), Candidate(5.0, 3, 1, 0, 1)]
    >>> [item.centre for item in ranked(found, lambda item: item.centre, 1e-9)]
    [3, 1, 2]
    """
    left = sorted(candidates, key=lambda item: -item.ratio)
    found: list[Candidate] = []
    while len(found) < len(left):
        begin = end = len(found)
        while end < len(left) and left[end].ratio >= left[begin].ratio - tie:
            end += 1
        found += sorted(left[begin:end], key=key)
    return found


def relative_risk(c: Any, expected: Any, total: float) -> Any:
    """Divide the risk within a window by the risk outside it.

    Parameters
    ----------
    c : array_like of float, shape (n,)
        Cases within the window.
    expected : array_like of float, shape (n,)
        Expected cases within the window.
    total : float
        All cases.

    Returns
    -------
    ndarray of float, shape (n,)
        Infinite where all cases are within; NaN where nothing is expected within, or nothing outside.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    >>> float(relative_risk(10, 5, 20))
    3.0
    """
    c, expected = np.asarray(c, dtype=float), np.asarray(expected, dtype=float)
    rest = total - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (c / expected) / ((total - c) / rest)
    return np.where((expected > 0) & (rest > total * 1e-12), found, np.nan)


def _ratio(c: Any, expected: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(expected) > 0, np.asarray(c, dtype=float) / expected, np.nan)


@dataclass(frozen=True)
class _LocationSums:
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    population: NDArray[np.float64]

    @classmethod
    def of(cls, problem: Problem, cluster: Cluster) -> _LocationSums:
        """Sum each location within the cluster's dates."""
        rows, window = cluster.locations, cluster.window
        sizes = problem.location_sizes
        if sizes.cells is None:
            size = sizes.weights[rows] * sizes.share[window.start : window.stop].sum()
        else:
            size = sizes.cells[rows, window.start : window.stop].sum(axis=1)
        population = size if problem.kind == BERNOULLI else problem.location_population[rows]
        observed = problem.location_cases[rows, window.start : window.stop].sum(axis=1).astype(float)
        return cls(observed, size * (problem.total / problem.size), population)


def cluster_table(
    problem: Problem, zones: Zones, clusters: list[Cluster], maxima: NDArray[np.float64]
) -> pd.DataFrame:
    """Make the table of clusters.

    Parameters
    ----------
    problem : Problem
    zones : Zones
        The zones of the clusters.
    clusters : list of Cluster
        The most likely first.
    maxima : ndarray of float, shape (replicates,)
        Largest log likelihood ratio of each replicate.

    Returns
    -------
    DataFrame
        One row for each cluster, columns `CLUSTER_COLUMNS`.

    Examples
    --------
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> tuple(scan(cases, places, model="poisson", replicates=9).clusters) == CLUSTER_COLUMNS
    True
    """
    rows = [_row(problem, zones, cluster, maxima) | {"rank": n + 1} for n, cluster in enumerate(clusters)]
    return pd.DataFrame(rows, columns=list(CLUSTER_COLUMNS))


def _row(problem: Problem, zones: Zones, cluster: Cluster, maxima: NDArray[np.float64]) -> dict[str, Any]:
    sums, window, settings = _LocationSums.of(problem, cluster), cluster.window, problem.settings
    observed, expected = int(sums.observed.sum()), float(sums.expected.sum())
    p_value = rank_p_value(window.ratio, maxima)
    start, end = _dates(problem, window)
    permutation = settings.model == "space-time-permutation"
    total = problem.total_of(window.start, window.stop)
    return {
        "centre": _centre(problem, zones, window),
        "locations": problem.locations[cluster.locations].tolist(),
        "n_locations": int(cluster.locations.size),
        "radius_km": _radius(problem, zones, window),
        "start": start,
        "end": end,
        "observed": observed,
        "expected": expected,
        "observed_expected": float(_ratio(observed, expected)),
        "relative_risk": math.nan if permutation else float(relative_risk(observed, expected, total)),
        "llr": window.ratio,
        "p_value": p_value,
        "gumbel_p_value": gumbel_p_value(window.ratio, maxima),
        "recurrence_interval_days": recurrence_interval(
            p_value, UNIT_DAYS[settings.time_unit] * settings.analysed_every, settings.earlier_analyses
        )
        if settings.time == "prospective"
        else math.nan,
        "population": float(sums.population.sum()),
        "rate": "high" if observed > expected else "low",
    }


def _centre(problem: Problem, zones: Zones, window: Candidate) -> str | None:
    if problem.settings.purely_temporal:
        return None
    left = np.ones(problem.place_of.size, dtype=bool)
    left[problem.taken_out] = False
    for place in zones.of(window.centre, window.places):  # the nearest that was not taken out
        held = np.flatnonzero(left & (problem.place_of == place))
        if held.size:
            return str(problem.locations[held[0]])
    return None


def _radius(problem: Problem, zones: Zones, window: Candidate) -> float:
    """From the centre to the farthest location: kilometres, or the unit of x and y."""
    if problem.points is None:
        return math.nan
    places = zones.of(window.centre, window.places)
    squared = float(((problem.points[places[0]] - problem.points[places[-1]]) ** 2).sum())
    return float(kilometres(np.array(squared))) if problem.degrees else math.sqrt(squared)


def _dates(problem: Problem, window: Candidate) -> tuple[date | None, date | None]:
    if problem.units is None:
        return problem.settings.start, problem.settings.end
    return problem.units.starts[window.start], problem.units.ends[window.stop - 1]


def member_table(problem: Problem, clusters: list[Cluster]) -> pd.DataFrame:
    """Make the table of the locations of clusters.

    Parameters
    ----------
    problem : Problem
    clusters : list of Cluster
        The most likely first.

    Returns
    -------
    DataFrame
        One row for each location of each cluster, columns `MEMBER_COLUMNS`; counts within the cluster's
        dates.

    Examples
    --------
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> found = scan(cases, places, model="poisson", replicates=9)
    >>> found.members[["cluster", "location", "observed"]].values.tolist()[:2]
    [[1, 'b', 9], [1, 'c', 8]]
    """
    parts = [pd.DataFrame(columns=list(MEMBER_COLUMNS))]
    for number, cluster in enumerate(clusters):
        sums = _LocationSums.of(problem, cluster)
        permutation = problem.settings.model == "space-time-permutation"
        total = problem.total_of(cluster.window.start, cluster.window.stop)
        risk = relative_risk(sums.observed, sums.expected, total)
        parts.append(
            pd.DataFrame(
                {
                    "cluster": number + 1,
                    "location": problem.locations[cluster.locations],
                    "observed": sums.observed.astype(np.int64),
                    "expected": sums.expected,
                    "observed_expected": _ratio(sums.observed, sums.expected),
                    "relative_risk": np.nan if permutation else risk,
                    "population": sums.population,
                }
            )
        )
    return pd.concat(parts[1:], ignore_index=True) if len(parts) > 1 else parts[0]
