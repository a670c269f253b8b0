"""Exact maxima of several data sets together: the sum of their log likelihood ratios in one window.

Of high rates the sets count that have more cases than expected, of low rates those that have fewer. Zones of
a centre are cut into blocks: of each set the block's last zone has the most cases and its first the smallest
size, and where the sum of what these two could give at most does not pass the maximum so far, no zone of the
block can.
"""

from __future__ import annotations

import math

from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled, inner
from surveillance.scan.kernels.cylinders import is_better
from surveillance.scan.kernels.likelihood import BERNOULLI, deficit, is_risky, log_likelihood_ratio, surplus


@inner
def at_most(kind: int, c: float, m: float, cases: float, size: float) -> float:
    """Return no less than the ratio of a window, without a logarithm.

    Parameters
    ----------
    kind : int
        `POISSON` or `BERNOULLI`.
    c : float
        Cases in the window.
    m : float
        Size of the window: expected cases (Poisson) or persons tested (Bernoulli).
    cases, size : float
        The same of all places and units.

    Returns
    -------
    float
        Infinite where nothing can be said.

    Examples
    --------
    A scan of several data sets calls it; two with the same cases have twice the ratio of one:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> one = pd.DataFrame({"location": ["b", "d"], "count": [9, 2]})
    >>> ratio = lambda cases: scan(cases, places, model="poisson", replicates=9).clusters.loc[0, "llr"]
    >>> bool(abs(ratio([one, one]) - 2 * ratio(one)) < 1e-9)
    True
    """
    share = m / size
    expected = cases * share
    rest = cases - expected
    if expected <= 0.0 or rest <= 0.0:
        return math.inf
    d = c - expected
    bound = surplus(d, expected) + deficit(d, rest) if d >= 0.0 else deficit(-d, expected) + surplus(-d, rest)
    if kind == BERNOULLI:
        controls = size - cases
        inside, outside = controls * share, controls * (1.0 - share)
        if inside <= 0.0 or outside <= 0.0:
            return math.inf
        if d >= 0.0:
            bound += deficit(d, inside) + surplus(d, outside)
        else:
            bound += surplus(-d, inside) + deficit(-d, outside)
    return bound


@compiled
def best_window(
    order: NDArray,
    from_unit: int,
    to_unit: int,
    shortest: int,
    longest_at: NDArray,
    floor: float,
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    cells: NDArray,
    counts: NDArray,
    kind: int,
    cases: NDArray,
    size: NDArray,
    every: NDArray,
    within: bool,
    least: int,
    risk: float,
    against_rest: bool,
    high: bool,
    low: bool,
    tie: float,
    sums: NDArray,
    before: NDArray,
    size_sums: NDArray,
    size_before: NDArray,
    c: NDArray,
    m: NDArray,
) -> tuple[float, int, int, int]:
    """Find the window with the largest sum of ratios.

    Parameters
    ----------
    order : ndarray of int
        Centres in the order of working.
    from_unit, to_unit : int
        Windows lie in units `from_unit` to `to_unit - 1`.
    shortest : int
        Shortest window, in units of time.
    longest_at : ndarray of int, shape (units,)
        The longest window that ends in each unit; 0: none does.
    floor : float
        Ratios at or below it are not looked for.
    near, first, block_first, block_stop : ndarray of int
        The places of each centre's zones, and the blocks these are cut into.
    cells : ndarray of float, shape (sets, places, units + 1)
        Running sums over time of each place's sizes.
    counts : ndarray of int, shape (sets, places, units + 1)
        Running sums over time of each place's cases.
    kind : int
        `POISSON` or `BERNOULLI`.
    cases, size : ndarray of float, shape (sets,)
        All cases, and the size of all places and units.
    every : ndarray of float, shape (sets, units + 1)
        Running sums over time of all cases.
    within : bool
        Whether a window is compared with the other places in its own units alone.
    least : int
        Fewest cases of a cluster of high rates, in the sets that have more than expected.
    risk : float
        Its least relative risk, of these sets together; 0 for any.
    against_rest : bool
        Whether that is the risk against that outside the window, or observed by expected cases.
    high, low : bool
        Whether high, and low, rates are looked for.
    tie : float
        Ratios closer than this are equal.
    sums, before, size_sums, size_before : ndarray, shape (sets, units + 1)
        Room to work in.
    c, m : ndarray, shape (sets,)
        Room to work in.

    Returns
    -------
    ratio : float
        The largest sum, or `floor`.
    places, start, stop : int
        For one centre: number of places (0: none is above), first unit, and the unit after the last.

    References
    ----------
    Kulldorff M, Mostashari F, Duczmal L, Yih WK, Kleinman K, Platt R (2007). Multivariate scan statistics for
    disease surveillance. Statistics in Medicine 26:1824-1833. doi:10.1002/sim.2818

    Examples
    --------
    A scan of two data sets calls it:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> one = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> two = pd.DataFrame({"location": ["b", "c", "e"], "count": [5, 6, 2]})
    >>> found = scan([one, two], places, model="poisson", replicates=9).clusters
    >>> found.loc[0, "locations"], int(found.loc[0, "observed"])
    (['b', 'c'], 28)
    """
    sets, units = every.shape[0], every.shape[1] - 1
    best = (floor, 0, 0, 0)
    for n in range(order.size):
        i = order[n]
        best = (best[0], 0, 0, 0)
        for s in range(sets):
            for t in range(units + 1):
                sums[s, t] = 0
                size_sums[s, t] = 0.0
        start = first[i]
        for b in range(block_first[i], block_first[i + 1]):
            stop = block_stop[b]
            one = near[start]
            for s in range(sets):
                for t in range(units + 1):
                    before[s, t] = sums[s, t]
                    size_before[s, t] = size_sums[s, t]
                for k in range(start, stop):
                    for t in range(units + 1):
                        sums[s, t] += counts[s, near[k], t]
                        size_sums[s, t] += cells[s, near[k], t]
            for t in range(from_unit, to_unit):
                for length in range(shortest, longest_at[t] + 1):
                    begin = t + 1 - length
                    if begin < from_unit:
                        break
                    above = below = 0.0
                    for s in range(sets):
                        all_cases, all_size = cases[s], size[s]
                        if within:
                            all_cases = all_size = every[s, t + 1] - every[s, begin]
                            if all_cases == 0.0:
                                continue
                        if high:
                            most = float(sums[s, t + 1] - sums[s, begin])
                            small = size_before[s, t + 1] - size_before[s, begin]
                            small += cells[s, one, t + 1] - cells[s, one, begin]
                            if kind == BERNOULLI:
                                small = max(small, most)
                            if most * all_size > all_cases * small:
                                above += at_most(kind, most, small, all_cases, all_size)
                        if low:
                            fewest = float(before[s, t + 1] - before[s, begin])
                            large = size_sums[s, t + 1] - size_sums[s, begin]
                            if kind == BERNOULLI:  # no zone has more people without than there are
                                large = fewest + min(large - fewest, all_size - all_cases)
                            if fewest * all_size < all_cases * large:
                                below += at_most(kind, fewest, large, all_cases, all_size)
                    wanted = max(best[0], 0.0) - tie
                    if above * (1.0 + 1e-9) < wanted and below * (1.0 + 1e-9) < wanted:
                        continue
                    for s in range(sets):
                        c[s] = before[s, t + 1] - before[s, begin]
                        m[s] = size_before[s, t + 1] - size_before[s, begin]
                    for k in range(start, stop):
                        up = down = 0.0
                        seen = meant = of_all = 0.0
                        for s in range(sets):
                            c[s] += counts[s, near[k], t + 1] - counts[s, near[k], begin]
                            m[s] += cells[s, near[k], t + 1] - cells[s, near[k], begin]
                            all_cases, all_size = cases[s], size[s]
                            if within:
                                all_cases = all_size = every[s, t + 1] - every[s, begin]
                                if all_cases == 0.0:
                                    continue
                            if m[s] <= 0.0:
                                continue
                            if high and c[s] * all_size > all_cases * m[s]:
                                up += log_likelihood_ratio(kind, float(c[s]), m[s], all_cases, all_size)
                                seen += c[s]
                                meant += m[s] * (all_cases / all_size)
                                of_all += all_cases
                            elif low and c[s] * all_size < all_cases * m[s]:
                                down += log_likelihood_ratio(kind, float(c[s]), m[s], all_cases, all_size)
                        if seen < least:
                            up = 0.0
                        if (
                            up > 0.0
                            and risk > 0.0
                            and not is_risky(seen, meant, of_all, of_all, risk, against_rest)
                        ):
                            up = 0.0
                        value = max(up, down)
                        if is_better(value, k - first[i] + 1, begin, t + 1, best, tie):
                            best = (max(value, best[0]), k - first[i] + 1, begin, t + 1)
                        elif value > best[0]:
                            best = (value, best[1], best[2], best[3])
            start = stop
    return best
