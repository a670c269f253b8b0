"""The iterative scan: report the most likely cluster, take it out of the data, and scan again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.scan.clusters import Cluster, cluster_table, member_table
from surveillance.scan.gumbel import rank_p_value
from surveillance.scan.problem.arrays import Problem
from surveillance.scan.problem.sizes import Sizes
from surveillance.scan.problem.zones import Zones

#: Cases, and places that have people, below which nothing is scanned again.
_FEWEST = 2


@dataclass(frozen=True)
class Scanned:
    """What one scan of a problem found: its zones, its clusters and the maxima of its replicates."""

    problem: Problem
    zones: Zones
    clusters: list[Cluster]
    maxima: NDArray[np.float64]
    #: Of each cluster, whether it is of the usual list, and of that which the Gini coefficient chose.
    hierarchical: tuple[bool, ...] = ()
    chosen: tuple[bool, ...] = ()


def iterate(scanned: Scanned, again: Callable[[Problem], Scanned]) -> list[Scanned]:
    """Scan again without the most likely cluster, until one is not significant.

    Parameters
    ----------
    scanned : Scanned
        The first scan; its settings say up to which *p* and how often.
    again : callable
        Scans a problem.

    Returns
    -------
    list of Scanned
        One for each scan, each with its most likely cluster alone. The last may not be significant. Each *p*
        is the rank among the replicates of its own scan, and is not corrected for the others.

    References
    ----------
    Zhang Z, Assuncao R, Kulldorff M (2010). Spatial scan statistics adjusted for multiple clusters. Journal
    of Probability and Statistics 2010:642379. doi:10.1155/2010/642379

    Examples
    --------
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdefgh"), "x": range(8), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": list("abcdefgh"), "count": [1, 30, 2, 1, 2, 1, 20, 1]})
    >>> scan(cases, places, model="poisson", iterative=True, replicates=99).clusters["locations"].tolist()[:2]
    [['b'], ['g']]
    """
    settings = scanned.problem.settings
    found: list[Scanned] = []
    while True:
        if not scanned.clusters:
            return found
        found.append(replace(scanned, clusters=scanned.clusters[:1]))
        best = scanned.clusters[0]
        p_value = rank_p_value(best.window.ratio, scanned.maxima)
        if not p_value <= settings.iterative_p or len(found) == settings.iterative_most:
            return found
        left = without(scanned.problem, best.locations)
        if left.total < _FEWEST or np.count_nonzero(left.sizes.weights) < _FEWEST:
            return found
        scanned = again(left)


def without(problem: Problem, locations: NDArray[np.int64]) -> Problem:
    """Take the cases and people of some locations out of a problem.

    The places stay: they are centres still, and a zone may lie around them.

    Parameters
    ----------
    problem : Problem
    locations : ndarray of int, shape (n,)
        Numbers of the locations; all of a place, or none.

    Returns
    -------
    Problem
        What is expected elsewhere adds up to the cases that are left.

    Examples
    --------
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": list("abc"), "x": range(3), "y": 0, "population": 100})
    >>> problem = make_problem(pd.DataFrame({"location": list("aabc")}), places, Settings("poisson"))
    >>> without(problem, np.array([0])).sizes.weights.tolist()
    [0.0, 1.0, 1.0]
    """
    places = np.unique(problem.place_of[locations])
    cases, location_cases = problem.cases.copy(), problem.location_cases.copy()
    cases[places], location_cases[locations] = 0, 0
    sizes = _emptied(problem.sizes, places)
    scale = 1.0
    if problem.settings.model == "poisson" and sizes.total > 0:
        scale = float(cases.sum()) / sizes.total
    limit = None if problem.limit is None else problem.limit.copy()
    if limit is not None:
        limit[places] = 0
    return replace(
        problem,
        cases=cases,
        location_cases=location_cases,
        sizes=_scaled(sizes, scale),
        location_sizes=_scaled(_emptied(problem.location_sizes, locations), scale),
        strata=problem.strata[~np.isin(problem.strata[:, 1], locations)],
        limit=limit,
        taken_out=np.union1d(problem.taken_out, locations).astype(np.int64),
    )


def _emptied(sizes: Sizes, rows: NDArray[np.int64]) -> Sizes:
    weights = sizes.weights.copy()
    weights[rows] = 0
    cells = None if sizes.cells is None else sizes.cells.copy()
    if cells is not None:
        cells[rows] = 0
    return Sizes(weights, sizes.share, cells)


def _scaled(sizes: Sizes, by: float) -> Sizes:
    return Sizes(sizes.weights * by, sizes.share, None if sizes.cells is None else sizes.cells * by)


def tables_of(found: list[Scanned]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the tables of the clusters of several scans, and of their locations, in the order of the scans.

    Parameters
    ----------
    found : list of Scanned

    Returns
    -------
    clusters, members : DataFrame
        As :func:`surveillance.scan.clusters.cluster_table` and `member_table` make them.

    Examples
    --------
    >>> tables_of([])[0].empty
    True
    """
    clusters, members, before = [], [], 0
    for one in found:
        table = cluster_table(one.problem, one.zones, one.clusters, one.maxima)
        table["rank"] += before
        of = member_table(one.problem, one.clusters)
        of["cluster"] += before
        clusters.append(table)
        members.append(of)
        before += len(table)
    return (
        pd.concat(clusters, ignore_index=True) if clusters else pd.DataFrame(),
        pd.concat(members, ignore_index=True) if members else pd.DataFrame(),
    )
