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

from surveillance.scan.kernels.compiled import inner

Floats = NDArray[np.float64]
#: The two forms of the ratio. A window's size is its expected cases (Poisson) or its persons tested
#: (Bernoulli).
POISSON, BERNOULLI = 0, 1
#: Two ratios closer than this are the same: sums in another order differ in the last digits.
TOLERANCE = 1e-9


def rounding(kind: int, cases: int, size: float) -> float:
    """Return how far two equal log likelihood ratios may differ, since sums are rounded.

    They are sums of terms that nearly cancel, each about as large as the cases (Bernoulli: as the tested).
    Windows closer than this are tied, and the rule for ties decides between them.

    Parameters
    ----------
    kind : int
        `POISSON` or `BERNOULLI`.
    cases : int
        All cases.
    size : float
        Persons tested (Bernoulli).

    Returns
    -------
    float

    Examples
    --------
    >>> rounding(POISSON, 1000, 1.0) < 2e-11
    True
    """
    return 64 * float(np.finfo(np.float64).eps) * max(size if kind == BERNOULLI else float(cases), 1.0)


@inner
def _term(part: float, of: float) -> float:
    """Return part x log(part / of), which is 0 where part is."""
    if part <= 0.0:
        return 0.0
    return part * math.log(part / of)


@inner
def log_likelihood_ratio(kind: int, c: float, m: float, cases: float, size: float) -> float:
    """Compute the log likelihood ratio of one window.

    It does not say in which direction: compare c / m with cases / size for that.

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
        Infinite where cases were seen and none was possible.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    Kernels call it; a scan shows its value, here for 10 of 20 cases where 5 are expected:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": list("abcd"), "count": [10, 4, 3, 3]})
    >>> found = scan(cases, places, model="poisson", max_population_share=0.25, replicates=0)
    >>> round(float(found.clusters.loc[0, "llr"]), 4)
    2.8768
    >>> round(10 * math.log(10 / 5) + 10 * math.log(10 / 15), 4)
    2.8768
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


@inner
def surplus(d: float, e: float) -> float:
    """Return no less than (e + d) log((e + d) / e) - d, since log(1 + u) <= u (6 + u) / (6 + 4u).

    Parameters
    ----------
    d, e : float
        Of 0 or more, and above 0.

    Returns
    -------
    float

    Examples
    --------
    >>> surplus.py_func(1.0, 1.0) >= 2 * math.log(2) - 1
    True
    """
    u = d / e
    return d * u * (3.0 + u) / (6.0 + 4.0 * u)


@inner
def deficit(d: float, e: float) -> float:
    """Return no less than (e - d) log((e - d) / e) + d, since log(1 - v) <= -v - v^2 / 2.

    Parameters
    ----------
    d, e : float
        `d` is at most `e`.

    Returns
    -------
    float

    Examples
    --------
    >>> deficit.py_func(1.0, 2.0) >= math.log(0.5) + 1
    True
    """
    v = d / e
    return d * v * (1.0 + v) / 2.0


@inner
def may_pass(kind: int, c: float, m: float, cases: float, size: float, level: float) -> bool:
    """Return whether the ratio of a window might be above a level: never wrongly no, and without a logarithm.

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
    level : float
        A log likelihood ratio.

    Returns
    -------
    bool

    Examples
    --------
    As many cases as expected cannot pass; kernels call the compiled form:

    >>> may_pass.py_func(POISSON, 5.0, 5.0, 20.0, 20.0, 1.0)
    False
    """
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
        bound = surplus(d, expected) + deficit(d, rest)
    else:
        d = -d
        bound = deficit(d, expected) + surplus(d, rest)
    if kind == BERNOULLI:
        controls = size - cases
        inside, outside = controls * share, controls * (1.0 - share)
        if inside <= 0.0 or outside <= 0.0:
            return True
        if c >= expected:
            bound += deficit(d, inside) + surplus(d, outside)
        else:
            bound += surplus(d, inside) + deficit(d, outside)
    return not bound < level


@inner
def is_risky(c: float, m: float, cases: float, size: float, risk: float, against_rest: bool) -> bool:
    """Return whether the relative risk of a window is no less than what is asked.

    Parameters
    ----------
    c : float
        Cases in the window.
    m : float
        Size of the window: expected cases (Poisson) or persons tested (Bernoulli).
    cases, size : float
        The same of all places and units.
    risk : float
        The least relative risk.
    against_rest : bool
        Whether the risk is against that outside the window; else observed by expected cases.

    Returns
    -------
    bool
        True where all cases are within.

    Examples
    --------
    Kernels call the compiled form:

    >>> is_risky.py_func(10.0, 5.0, 20.0, 20.0, 3.0, True)
    True
    >>> is_risky.py_func(10.0, 5.0, 20.0, 20.0, 3.0, False)
    False
    """
    expected = m * (cases / size)
    least = risk * expected * (1.0 - 1e-12)
    if against_rest:
        return c * (cases - expected) >= least * (cases - c)
    return c >= least


def ratios(kind: int, c: Floats, m: Floats, cases: int, size: float) -> Floats:
    """Compute the log likelihood ratios of many windows.

    Parameters
    ----------
    kind : int
        `POISSON` or `BERNOULLI`.
    c : ndarray of float
        Cases in each window.
    m : ndarray of float
        Size of each window.
    cases : int
        All cases.
    size : float
        Expected cases, or persons tested, of all places and units.

    Returns
    -------
    ndarray of float
        As :func:`log_likelihood_ratio`.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    >>> ratios(POISSON, np.array([10.0]), np.array([5.0]), 20, 20.0).round(4).tolist()
    [2.8768]
    """

    def term(part: Floats, of: Floats) -> Floats:
        return np.where(part > 0.0, part * np.log(np.where(part > 0.0, part, 1.0) / of), 0.0)

    expected = m * (cases / size)
    rest = cases - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        found = term(c, expected) + term(cases - c, rest)
        if kind == BERNOULLI:
            controls, share = size - cases, m / size
            found += term(m - c, controls * share) + term(size - m - (cases - c), controls * (1.0 - share))
    found = np.where(found > 0.0, found, 0.0)
    found = np.where(rest <= 0.0, np.where(c < cases, np.inf, 0.0), found)
    return np.where(expected <= 0.0, np.where(c > 0.0, np.inf, 0.0), found)


def _fewest(kind: int, m: Floats, cases: int, size: float, level: Floats, least: int) -> NDArray[np.int64]:
    """Fewest cases with which a window of size `m` is a cluster of high rates above `level`."""
    low = np.maximum(np.floor(m * (cases / size)).astype(np.int64) + 1, least)
    high = np.full_like(low, cases + 1)
    if kind == BERNOULLI:
        high = np.minimum(high, np.floor(m).astype(np.int64) + 1)
    while (low < high).any():
        middle = (low + high) // 2
        passes = ratios(kind, middle.astype(float), m, cases, size) > level
        unsettled = low < high
        high = np.where(unsettled & passes, middle, high)
        low = np.where(unsettled & ~passes, middle + 1, low)
    return low


def _most(kind: int, m: Floats, cases: int, size: float, level: Floats) -> NDArray[np.int64]:
    """Most cases with which a window of size `m` is a cluster of low rates above `level`, or -1."""
    high = np.ceil(m * (cases / size)).astype(np.int64) - 1
    low = np.full_like(high, -1)
    if kind == BERNOULLI:
        # Fewer than this cannot be: the rest of the cases would not fit outside.
        low = np.maximum(low, np.ceil(cases - (size - m)).astype(np.int64) - 1)
    while (low < high).any():
        middle = (low + high + 1) // 2
        passes = ratios(kind, middle.astype(float), m, cases, size) > level
        unsettled = low < high
        low = np.where(unsettled & passes, middle, low)
        high = np.where(unsettled & ~passes, middle - 1, high)
    return low


def critical_tables(
    kind: int,
    cases: int,
    size: float,
    levels: Floats,
    edges: Floats,
    least: int,
    with_high: bool,
    with_low: bool,
    tolerance: float = TOLERANCE,
) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
    """Compute the counts at which windows pass each level, for each class of sizes.

    Parameters
    ----------
    kind : int
        `POISSON` or `BERNOULLI`.
    cases : int
        All cases.
    size : float
        Expected cases, or persons tested, of all places and units.
    levels : ndarray of float, shape (levels,)
        Log likelihood ratios.
    edges : ndarray of float, shape (classes,)
        Sizes of windows.
    least : int
        Fewest cases of a cluster of high rates.
    with_high, with_low : bool
        Whether high, and low, rates are looked for.
    tolerance : float
        Ratios closer than this are equal.

    Returns
    -------
    high : ndarray of int, shape (levels, classes)
        A window at least as large as `edges[b]` with fewer cases than `high[i, b]` cannot pass `levels[i]` by
        a high rate; more cases than any window has where high rates are not looked for.
    low : ndarray of int, shape (levels, classes), or None
        A window no larger than `edges[b]` cannot pass `levels[i]` by a low rate, unless its cases are *below*
        `low[i, b]`; None where low rates are not looked for.

    Examples
    --------
    >>> high, low = critical_tables(POISSON, 20, 20.0, np.array([0.0, 3.0]), np.array([5.0]), 2, True, False)
    >>> high.tolist(), low
    ([[6], [11]], None)
    """
    level, m = np.meshgrid(levels - tolerance, edges, indexing="ij")
    high = np.full(level.shape, np.iinfo(np.int32).max, np.int32)
    if with_high:
        high[:] = _fewest(kind, m, cases, size, level, least)
    if not with_low:
        return high, None
    return high, (_most(kind, m, cases, size, level) + 1).astype(np.int32)


def size_edges(size: float, classes: int) -> NDArray[np.float64]:
    """Return the edges of classes of window sizes, closer together where windows are small.

    Parameters
    ----------
    size : float
        Size of all places and units.
    classes : int
        Number of classes.

    Returns
    -------
    ndarray of float, shape (classes + 1,)
        The last is `size`.

    Examples
    --------
    >>> size_edges(16.0, 4).tolist()
    [0.0, 1.0, 4.0, 9.0, 16.0]
    """
    return size * (np.arange(classes + 1) / classes) ** 2
