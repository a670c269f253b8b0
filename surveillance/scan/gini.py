"""Which largest size of clusters tells most: the one with the highest Gini coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from surveillance.scan.clusters import Cluster, cluster_table
from surveillance.scan.iterative import Scanned

#: Largest shares of the population that are tried.
SHARES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
#: A cluster counts where its p lies below.
SIGNIFICANT = 0.05


def gini_coefficient(
    observed: Sequence[float], expected: Sequence[float], cases: float, size: float
) -> float:
    """Compute the Gini coefficient of clusters and all the rest.

    Parameters
    ----------
    observed, expected : sequence of float, shape (n,)
        Cases, and expected cases, of the significant clusters.
    cases : float
        All cases.
    size : float
        What expected cases are divided by: all cases (Poisson), all persons tested (Bernoulli).

    Returns
    -------
    float
        0 without clusters.

    Notes
    -----
    With the persons tested in place of the cases, as SaTScan has it, the coefficient of a Bernoulli scan is
    too high; the largest of several is the same one more often than not.

    References
    ----------
    Han J, Zhu L, Kulldorff M, Hostovich S, Stinchcomb DG, Tatalovich Z, Lewis DR, Feuer EJ (2016). Using Gini
    coefficient to determining optimal cluster reporting sizes for spatial scan statistics. International
    Journal of Health Geographics 15:27. doi:10.1186/s12942-016-0056-6

    Examples
    --------
    >>> round(gini_coefficient([30], [10], 100, 100), 6)
    0.2
    """
    if not len(observed):
        return 0.0
    parts = [*zip(observed, expected, strict=True), (cases - sum(observed), cases - sum(expected))]
    parts.sort(key=lambda part: -(part[0] / part[1] if part[1] > 0 else np.inf))
    at, height, area = 1.0, 1.0, 0.0
    for number, (seen, meant) in enumerate(parts):
        last = number == len(parts) - 1
        after, lower = (0.0, 0.0) if last else (at - meant / size, height - seen / cases)
        area += (at - after) * (height + lower)
        at, height = after, lower
    return 1.0 - area


def best_list(lists: Sequence[pd.DataFrame], cases: float, size: float) -> int | None:
    """Choose the list of clusters with the highest coefficient.

    Parameters
    ----------
    lists : sequence of DataFrame
        Of each largest size, the smallest first: `observed`, `expected` and `p_value` of its clusters.
    cases, size : float
        As `gini_coefficient` takes them.

    Returns
    -------
    int or None
        Of equal ones the smallest size; where no cluster is significant the largest size that has one, and
        None where none has.

    Examples
    --------
    >>> one = pd.DataFrame({"observed": [30], "expected": [10.0], "p_value": [0.001]})
    >>> two = pd.DataFrame({"observed": [32], "expected": [14.0], "p_value": [0.001]})
    >>> best_list([one, two], 100, 100)
    0
    """
    values = []
    for table in lists:
        told = table[table["p_value"] < SIGNIFICANT]
        values.append(gini_coefficient(told["observed"].tolist(), told["expected"].tolist(), cases, size))
    highest = max(values, default=0.0)
    if highest > 0:
        return values.index(highest)
    with_any = [number for number, table in enumerate(lists) if len(table)]
    return with_any[-1] if with_any else None


def shares_to_try(most: float) -> list[float]:
    """Return the largest shares that are tried, none above what is scanned.

    Parameters
    ----------
    most : float
        The largest share that is scanned.

    Returns
    -------
    list of float

    Examples
    --------
    >>> shares_to_try(0.03)
    [0.01, 0.02, 0.03]
    """
    return [share for share in SHARES if share <= most]


def joined(usual: Scanned, lists: Sequence[Scanned]) -> Scanned:
    """Join the usual list of clusters and the one that the coefficient chooses.

    Parameters
    ----------
    usual : Scanned
        The scan with its usual, hierarchical list.
    lists : sequence of Scanned
        The clusters of each largest size, the smallest first; their zones begin those of the usual scan.

    Returns
    -------
    Scanned
        Most likely first, each set of locations once. Without "hierarchical" in the report, the chosen list.

    Examples
    --------
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdefgh"), "x": range(8), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": list("abcdefgh"), "count": [1, 9, 30, 2, 1, 2, 1, 1]})
    >>> both = ("hierarchical", "gini")
    >>> found = scan(cases, places, model="poisson", report=both, replicates=99).clusters
    >>> found.loc[0, "locations"], bool(found.loc[0, "hierarchical"]), bool(found.loc[0, "gini"])
    (['b', 'c'], True, True)
    """
    problem = usual.problem
    tables = [cluster_table(one.problem, one.zones, one.clusters, one.maxima) for one in lists]
    best = best_list(tables, problem.total, problem.size)
    picked = lists[best].clusters if best is not None else []
    kept = usual.clusters if "hierarchical" in problem.settings.report else []
    held: dict[tuple[int, ...], Cluster] = {}
    for cluster in (*kept, *picked):
        held.setdefault(_places(cluster), cluster)
    ordered = sorted(held.items(), key=lambda item: -item[1].window.ratio)
    in_usual, in_picked = set(map(_places, usual.clusters)), set(map(_places, picked))
    return replace(
        usual,
        clusters=[cluster for _, cluster in ordered],
        hierarchical=tuple(places in in_usual for places, _ in ordered),
        chosen=tuple(places in in_picked for places, _ in ordered),
    )


def _places(cluster: Cluster) -> tuple[int, ...]:
    return tuple(cluster.locations.tolist())
