"""Cases missed by three lists: log-linear models of their overlap, as a range, never as a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from surveillance.early_warning.quasi_poisson import fit
from surveillance.errors import StatisticsError
from surveillance.found_by_lists.linked import Pattern
from surveillance.texts import N_

Array = NDArray[np.float64]
#: The seven combinations of three lists, and the pairs that may depend on each other.
PATTERNS: tuple[Pattern, ...] = tuple(one for one in product((True, False), repeat=3) if any(one))
PAIRS = ((0, 1), (0, 2), (1, 2))
#: Cases in all three lists, and in each pair, below which the overlap says nothing.
FEWEST_SHARED = 5
#: Twice the drop of the log-likelihood at the ends of a 95% interval.
_DROP = 3.841458820694124
#: Deviance beyond which a model with one or more degrees of freedom is rejected at 5%.
_REJECTED = {1: 3.841458820694124, 2: 5.991464547107979, 3: 7.814727903251179}
#: Beyond this many times the cases found no interval is followed.
_ENDLESS = 100.0


@dataclass(frozen=True)
class Model:
    """One log-linear model.

    Parameters
    ----------
    depends : tuple of (int, int)
        Pairs of lists that depend on each other.
    missed, lower, upper : float
        Cases in no list, and their 95% interval by the profile of the likelihood.
    deviance, aic : float
        How badly it fits the seven counts.
    df : int
        Degrees of freedom that are left.
    """

    depends: tuple[tuple[int, int], ...]
    missed: float
    lower: float
    upper: float
    deviance: float
    aic: float
    df: int

    @property
    def rejected(self) -> bool:
        """Whether the counts contradict it."""
        return self.df > 0 and self.deviance > _REJECTED[self.df]


@dataclass(frozen=True)
class Range:
    """Between what the number of all cases lies, over dependence of the lists and errors of linking.

    Parameters
    ----------
    found : int
        Cases found by any list.
    lowest, highest : float
        Ends of the widest interval of any model that the counts do not contradict.
    models : dict of float to tuple of Model
        By the share of entries whose identifiers were taken to be wrong.
    """

    found: int
    lowest: float
    highest: float
    models: dict[float, tuple[Model, ...]]


def models(counts: Mapping[Pattern, float]) -> tuple[Model, ...]:
    """Fit the eight log-linear models of three lists without a dependence of all three.

    Parameters
    ----------
    counts : mapping of tuple of bool to float
        Cases by the lists that they are in.

    Returns
    -------
    tuple of Model
        From independence to all three pairs.

    Raises
    ------
    StatisticsError
        The counts are not those of three lists.

    References
    ----------
    Fienberg SE (1972). Biometrika 59:591-603. doi:10.1093/biomet/59.3.591

    Examples
    --------
    >>> held = dict(zip(PATTERNS, (60.0, 90, 60, 90, 40, 60, 40), strict=True))
    >>> [round(one.missed) for one in models(held)][::7]
    [60, 60]
    """
    if set(counts) != set(PATTERNS):
        raise StatisticsError(N_("log-linear models need the seven counts of three lists"))
    y = np.array([counts[pattern] for pattern in PATTERNS], float)
    return tuple(
        _fitted(y, tuple(pair for pair, there in zip(PAIRS, chosen, strict=True) if there))
        for chosen in sorted(product((False, True), repeat=3), key=sum)
    )


def _design(patterns: tuple[Pattern, ...], depends: tuple[tuple[int, int], ...]) -> Array:
    inside = np.array(patterns, float)
    pairs = [inside[:, a] * inside[:, b] for a, b in depends]
    return np.column_stack([np.ones(len(inside)), inside, *pairs])


def _fitted(y: Array, depends: tuple[tuple[int, int], ...]) -> Model:
    design = _design(PATTERNS, depends)
    deviance, intercept = _deviance(design, y)
    missed = float(np.exp(intercept))
    whole = _design((*PATTERNS, (False, False, False)), depends)
    best = _profile(whole, y, missed)

    def lack(number: float) -> float:
        """How far the log-likelihood lies below the ends of the interval."""
        return best - _profile(whole, y, number) - _DROP / 2

    least = 1e-9
    lower = 0.0 if missed <= least or lack(least) <= 0 else _root(lack, least, missed)
    far = max(4 * missed, 1.0)
    while lack(far) <= 0 and far < _ENDLESS * float(y.sum()):
        far *= 2
    upper = float("inf") if lack(far) <= 0 else _root(lack, missed, far)
    df = len(PATTERNS) - design.shape[1]
    return Model(depends, missed, lower, upper, deviance, deviance + 2 * design.shape[1], df)


def _deviance(design: Array, y: Array) -> tuple[float, float]:
    """Deviance of a Poisson model, and its level where no list is."""
    found = fit(design, y)
    if found is None:
        return float("inf"), float("nan")
    ratio = np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0) / found.mu), 0.0)
    return float(2 * (ratio - (y - found.mu)).sum()), float(found.coefficients[0])


def _profile(design: Array, y: Array, missed: float) -> float:
    """Log-likelihood of the eight counts, of which the last is supposed, given their sum (Cormack 1992)."""
    from scipy.special import gammaln  # noqa: PLC0415 - most commands never need it

    every = np.append(y, missed)
    total = every.sum()
    found = fit(design, every)
    if found is None:
        return -np.inf
    share = np.maximum(found.mu / found.mu.sum(), 1e-300)
    return float(gammaln(total + 1) - gammaln(every + 1).sum() + (every * np.log(share)).sum())


def _root(lack: Callable[[float], float], low: float, high: float) -> float:
    """Find where the interval ends."""
    from scipy.optimize import brentq  # noqa: PLC0415 - most commands never need it

    return float(brentq(lack, low, high, xtol=1e-4, rtol=1e-7))


def corrected(counts: Mapping[Pattern, float], wrong: float) -> dict[Pattern, float]:
    """Take back what wrong identifiers did: a case whose entry cannot be linked counts once more.

    Parameters
    ----------
    counts : mapping of tuple of bool to float
        Cases by the lists that they seem to be in.
    wrong : float
        Share of entries whose identifiers are wrong, each by itself.

    Returns
    -------
    dict of tuple of bool to float
        Counts that would show as the given ones, on average.

    Raises
    ------
    StatisticsError
        The share is not from 0 to below one half, or so large that counts would fall below zero.

    Examples
    --------
    >>> held = dict(zip(PATTERNS, (60.0, 90, 60, 90, 40, 60, 40), strict=True))
    >>> round(sum(corrected(held, 0.05).values()), 1)
    410.0
    """
    if not 0 <= wrong < 0.5:
        raise StatisticsError(N_("the share of wrong identifiers lies from 0 to below one half"))
    shown = np.zeros((7, 7))
    for column, truth in enumerate(PATTERNS):
        lists = [n for n in range(3) if truth[n]]
        for spoiled in product((False, True), repeat=len(lists)):
            chance = float(np.prod([wrong if one else 1 - wrong for one in spoiled]))
            good = {n for n, one in zip(lists, spoiled, strict=True) if not one}
            if good:
                shown[PATTERNS.index(tuple(n in good for n in range(3))), column] += chance
            for n, one in zip(lists, spoiled, strict=True):
                if one:
                    shown[PATTERNS.index(tuple(m == n for m in range(3))), column] += chance
    found = np.linalg.solve(shown, np.array([counts[pattern] for pattern in PATTERNS], float))
    if np.any(found < -1e-9):
        raise StatisticsError(
            N_("with so many wrong identifiers the lists would share fewer cases; give a smaller share")
        )
    return dict(zip(PATTERNS, np.maximum(found, 0.0).tolist(), strict=True))


def whole(counts: Mapping[Pattern, int], wrong: tuple[float, ...]) -> Range:
    """Tell between what the number of all cases lies.

    Parameters
    ----------
    counts : mapping of tuple of bool to int
        Cases of a closed period by the lists that they are in.
    wrong : tuple of float
        Shares of wrong identifiers to look at, 0 among them.

    Returns
    -------
    Range

    Raises
    ------
    StatisticsError
        There are not three lists, or two of them share too few cases.

    References
    ----------
    van Hest NAH, Smit F, Baars HWM and others (2007). Epidemiology and Infection 135:1021-1029.
    doi:10.1017/S0950268806007540

    Examples
    --------
    >>> held = dict(zip(PATTERNS, (60, 90, 60, 90, 40, 60, 40), strict=True))
    >>> found = whole(held, (0.0,))
    >>> found.found, round(found.lowest), round(found.highest)
    (440, 465, 556)
    """
    if set(counts) != set(PATTERNS):
        raise StatisticsError(
            N_("those in no list are told of with three lists alone: two cannot show whether they depend")
        )
    shared = [sum(number for one, number in counts.items() if one[a] and one[b]) for a, b in PAIRS]
    if min(shared) < FEWEST_SHARED or counts[True, True, True] < 1:
        raise StatisticsError(
            N_("two lists share fewer than {fewest} cases, or no case is in all three: nothing can be said"),
            fewest=FEWEST_SHARED,
        )
    found = {one: models(corrected(counts, one)) for one in wrong}
    ends = []
    for share, fitted in found.items():
        seen = sum(corrected(counts, share).values())
        ends += [(seen + one.lower, seen + one.upper) for one in fitted if not one.rejected]
    number = int(sum(counts.values()))
    return Range(number, min(lower for lower, _ in ends), max(upper for _, upper in ends), found)
