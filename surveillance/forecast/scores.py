"""How far a foretold distribution of a count lies from what came: proper scores, and intervals that held."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: Standard deviations above the mean up to which the sum of the ranked probability score goes, as in R.
_FAR = 40
#: Size above which a negative binomial count is told by Poisson's distribution.
POISSON_FROM = 1e7


def log_probability(count: ArrayLike, mean: ArrayLike, size: ArrayLike | None = None) -> Array:
    """Natural logarithm of the probability of a count.

    Parameters
    ----------
    count : array_like of float, shape (n,)
        Cases.
    mean : array_like of float, shape (n,)
        Expected cases.
    size : array_like of float, shape (n,), optional
        Of the negative binomial distribution, whose variance is mean + mean^2 / size; Poisson's without it.

    Returns
    -------
    ndarray of float, shape (n,)

    Examples
    --------
    >>> log_probability([0, 2], [1.0, 1.0]).round(4).tolist()
    [-1.0, -1.6931]
    >>> log_probability([0, 2], [1.0, 1.0], [1.0, 1.0]).round(4).tolist()
    [-0.6931, -2.0794]
    """
    from scipy.special import betaln, gammaln, xlog1py, xlogy  # noqa: PLC0415 - most commands never need it

    y, m = np.asarray(count, float), np.asarray(mean, float)
    poisson = xlogy(y, m) - m - gammaln(y + 1)
    if size is None:
        return np.asarray(poisson)
    s = np.minimum(np.asarray(size, float), POISSON_FROM)
    # gammaln(y + s) - gammaln(s) - gammaln(y + 1) as a beta function: exact where the size is large.
    choose = np.where(y > 0, -betaln(np.where(y > 0, y, 1.0), s) - np.log(np.where(y > 0, y, 1.0)), 0.0)
    found = choose + xlogy(y, m) - y * np.log(s) - xlog1py(s + y, m / s)
    return np.where(np.asarray(size, float) >= POISSON_FROM, poisson, found)


def at_most(count: ArrayLike, mean: ArrayLike, size: ArrayLike | None = None) -> Array:
    """Probability of a count or fewer.

    Parameters
    ----------
    count : array_like of float, shape (n,)
        Cases, below 0 for none.
    mean : array_like of float, shape (n,)
        Expected cases.
    size : array_like of float, shape (n,), optional
        Of the negative binomial distribution; Poisson's without it.

    Returns
    -------
    ndarray of float, shape (n,)

    Examples
    --------
    >>> at_most([-1, 0, 1], 1.0).round(4).tolist()
    [0.0, 0.3679, 0.7358]
    >>> at_most([-1, 0, 1], 1.0, 1.0).round(4).tolist()
    [0.0, 0.5, 0.75]
    """
    from scipy.special import betainc, gammaincc  # noqa: PLC0415 - most commands never need it

    y = np.floor(np.asarray(count, float))
    known = np.maximum(y, 0)
    m = np.asarray(mean, float)
    found = gammaincc(known + 1, m)
    if size is not None:
        s = np.minimum(np.asarray(size, float), POISSON_FROM)
        wide = betainc(s, known + 1, s / (s + m))
        found = np.where(np.asarray(size, float) >= POISSON_FROM, found, wide)
    return np.where(y < 0, 0.0, found)


def ranked_probability(count: float, mean: float, size: float | None = None) -> float:
    """Continuous ranked probability score of a count with a known distribution: 0 is best.

    The sum, over all numbers, of the squared difference between the foretold probability of that number or
    fewer and whether so few came. It has the unit of the counts; for a distribution at one point it is the
    error.

    Parameters
    ----------
    count : float
        What came.
    mean : float
        Expected cases.
    size : float, optional
        Of the negative binomial distribution; Poisson's without it.

    Returns
    -------
    float

    References
    ----------
    Czado C, Gneiting T, Held L (2009). Biometrics 65:1254-1261. doi:10.1111/j.1541-0420.2009.01191.x

    Examples
    --------
    >>> round(ranked_probability(3, 3.0), 4), round(ranked_probability(9, 3.0), 4)
    (0.3881, 5.0468)
    """
    spread = np.sqrt(mean if size is None else mean + mean**2 / size)
    last = int(np.ceil(max(mean + _FAR * spread, count + 1)))
    numbers = np.arange(last + 1, dtype=float)
    return float(((at_most(numbers, mean, size) - (numbers >= count)) ** 2).sum())


def ensemble_score(count: ArrayLike, drawn: ArrayLike) -> Array:
    """Continuous ranked probability score of a set of equally likely counts.

    Parameters
    ----------
    count : array_like of float, shape (...)
        What came.
    drawn : array_like of float, shape (d, ...)
        Counts that were foretold, each as likely as the others.

    Returns
    -------
    ndarray of float, shape (...)
        Mean distance from what came, less half the mean distance of two of the set.

    References
    ----------
    Gneiting T, Raftery AE (2007). Journal of the American Statistical Association 102:359-378.
    doi:10.1198/016214506000001437

    Examples
    --------
    >>> ensemble_score([4.0, 4.0], [[4.0, 0.0], [4.0, 8.0]]).tolist()
    [0.0, 2.0]
    """
    y, x = np.asarray(count, float), np.sort(np.asarray(drawn, float), axis=0)
    many = x.shape[0]
    rank = (2 * np.arange(1, many + 1) - many - 1).reshape(-1, *(1,) * (x.ndim - 1))
    return np.asarray(np.abs(x - y).mean(axis=0) - (rank * x).sum(axis=0) / many**2)
