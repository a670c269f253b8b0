"""Log likelihood ratios of one window, and the counts at which they pass a level.

Kulldorff M (1997), A spatial scan statistic, Communications in Statistics: Theory and Methods
26(6):1481-1496, doi:10.1080/03610929708831995. The space-time permutation uses the Poisson form:
Kulldorff M, Heffernan R, Hartman J, Assuncao R, Mostashari F (2005), PLoS Medicine 2(3):e59,
doi:10.1371/journal.pmed.0020059.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.compiled import compiled

#: The two forms of the ratio. A window's size is its expected cases (Poisson) or its persons tested
#: (Bernoulli).
POISSON, BERNOULLI = 0, 1
#: Two ratios closer than this are the same: sums in another order differ in the last digits.
TOLERANCE = 1e-9


@compiled
def _term(part: float, of: float) -> float:
    """part x log(part / of), which is 0 where part is."""
    if part <= 0.0:
        return 0.0
    return part * math.log(part / of)


@compiled
def log_likelihood_ratio(kind: int, c: float, m: float, cases: float, size: float) -> float:
    """Log likelihood ratio of a window with `c` of all `cases`, and `m` of the whole `size`.

    It does not say in which direction: compare c / m with cases / size for that. `inf` where cases were seen
    and none was possible.
    """
    expected = m * (cases / size)
    rest = cases - expected
    if expected <= 0.0:
        return math.inf if c > 0.0 else 0.0
    if rest <= 0.0:
        return math.inf if c < cases else 0.0
    found = _term(c, expected) + _term(cases - c, rest)
    if kind == BERNOULLI:
        controls = size - cases
        inside, outside = m - c, size - m - (cases - c)
        share = m / size
        found += _term(inside, controls * share) + _term(outside, controls * (1.0 - share))
    return found if found > 0.0 else 0.0


@compiled
def _surplus(d: float, e: float) -> float:
    """No less than (e + d) log((e + d) / e) - d, since log(1 + u) <= u (6 + u) / (6 + 4u)."""
    u = d / e
    return d * u * (3.0 + u) / (6.0 + 4.0 * u)


@compiled
def _deficit(d: float, e: float) -> float:
    """No less than (e - d) log((e - d) / e) + d, since log(1 - v) <= -v - v^2 / 2."""
    v = d / e
    return d * v * (1.0 + v) / 2.0


@compiled
def may_pass(kind: int, c: float, m: float, cases: float, size: float, level: float) -> bool:
    """Whether the ratio of a window might be above `level`: never wrongly no, and without a logarithm."""
    share = m / size
    expected = cases * share
    rest = cases - expected
    if expected <= 0.0 or rest <= 0.0:
        return True
    d = c - expected
    # First without a division, since (1 + u) log(1 + u) - u <= u^2 / 2.
    if kind == POISSON and d >= 0.0 and d * d * (cases + expected) < 2.0 * level * expected * rest:
        return False
    if d >= 0.0:
        bound = _surplus(d, expected) + _deficit(d, rest)
    else:
        d = -d
        bound = _deficit(d, expected) + _surplus(d, rest)
    if kind == BERNOULLI:
        controls = size - cases
        inside, outside = controls * share, controls * (1.0 - share)
        if inside <= 0.0 or outside <= 0.0:
            return True
        if c >= expected:
            bound += _deficit(d, inside) + _surplus(d, outside)
        else:
            bound += _surplus(d, inside) + _deficit(d, outside)
    return not bound < level


@compiled
def _fewest(kind: int, m: float, cases: int, size: float, level: float, least: int) -> int:
    """Fewest cases with which a window of size `m` is a cluster of high rates above `level`."""
    low: int = max(np.int64(math.floor(m * (cases / size))) + 1, least)
    high = cases + 1
    if kind == BERNOULLI:
        high = min(high, np.int64(math.floor(m)) + 1)
    while low < high:
        middle = (low + high) // 2
        if log_likelihood_ratio(kind, middle, m, cases, size) > level:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _most(kind: int, m: float, cases: int, size: float, level: float) -> int:
    """Most cases with which a window of size `m` is a cluster of low rates above `level`, or -1."""
    expected = m * (cases / size)
    low = -1
    high = np.int64(math.ceil(expected)) - 1
    if kind == BERNOULLI:
        # Fewer than this cannot be: the rest of the cases would not fit outside.
        low = max(low, np.int64(math.ceil(cases - (size - m))) - 1)
    while low < high:
        middle = (low + high + 1) // 2
        if log_likelihood_ratio(kind, middle, m, cases, size) > level:
            low = middle
        else:
            high = middle - 1
    return low


@compiled
def critical_tables(
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    edges: NDArray,
    least: int,
    with_high: bool,
    with_low: bool,
) -> tuple[NDArray, NDArray]:
    """For each level and each class of sizes, the counts that cannot be left out.

    `high[i, b]`: a window at least as large as `edges[b]` with fewer cases cannot pass `levels[i]` by a high
    rate. `low[i, b]`: one no larger than `edges[b]` cannot pass it by a low rate, unless its cases are
    *below* this number.
    """
    high = np.empty((levels.size, edges.size), np.int32)
    low = np.empty((levels.size, edges.size), np.int32)
    for i in range(levels.size):
        level = levels[i] - 1e-9
        for b in range(edges.size):
            high[i, b] = _fewest(kind, edges[b], cases, size, level, least) if with_high else 0
            low[i, b] = _most(kind, edges[b], cases, size, level) + 1 if with_low else 0
    return high, low


def size_edges(size: float, classes: int) -> NDArray[np.float64]:
    """Edges of classes of window sizes, closer together where windows are small; the last is `size`."""
    return size * (np.arange(classes + 1) / classes) ** 2
