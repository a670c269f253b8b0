"""Penalised-complexity priors of the spatial model: how far rates spread, and how much follows the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats

#: Mixings below which the distance to a map without structure is told by the first term of its series.
_SMALL = 1e-5


@dataclass(frozen=True)
class Priors:
    """What is held likely before the data.

    Parameters
    ----------
    spread, beyond : float
        The standard deviation of the logarithms of rates is above `spread` with probability `beyond`.
    mixing, below : float
        The part of the variance that follows the map is below `mixing` with probability `below`.
    """

    spread: float = 1.0
    beyond: float = 0.01
    mixing: float = 0.5
    below: float = 2 / 3

    def __post_init__(self) -> None:
        """Check that the numbers can be what they are.

        Raises
        ------
        StatisticsError
            A probability or the mixing does not lie between 0 and 1, or the spread is not above zero.
        """
        parts = (self.beyond, self.mixing, self.below)
        if not (self.spread > 0 and all(0 < part < 1 for part in parts)):
            raise StatisticsError("a prior needs a spread above zero, and parts between 0 and 1")

    def log_spread(self, log_spread: ArrayLike) -> Floats:
        """Compute the log density of the logarithm of the standard deviation.

        Parameters
        ----------
        log_spread : array_like of float, shape (...)

        Returns
        -------
        ndarray of float, shape (...)
        """
        rate = -np.log(self.beyond) / self.spread
        t = np.asarray(log_spread, dtype=float)
        return np.log(rate) - rate * np.exp(t) + t

    def log_mixing(self, logit: ArrayLike, eigenvalues: Floats) -> Floats:
        """Compute the log density of the logit of the mixing.

        Parameters
        ----------
        logit : array_like of float, shape (...)
        eigenvalues : ndarray of float, shape (n,)
            Of :class:`surveillance.rates.structure.Structure`.

        Returns
        -------
        ndarray of float, shape (...)
        """
        mixing = 1 / (1 + np.exp(-np.asarray(logit, dtype=float)))
        half, most = (float(distance(part, eigenvalues)[0]) for part in (self.mixing, 1.0))
        rate = _rate(half, most, self.below)
        far, slope = distance(mixing, eigenvalues)
        whole = np.log(most) if rate == 0 else np.log(-np.expm1(-rate * most) / rate)
        return -rate * far - whole + np.log(slope) + np.log(mixing) + np.log1p(-mixing)


def _rate(half: float, most: float, below: float) -> float:
    """Rate of an exponential distribution that ends at `most` and has the part `below` under `half`."""
    from scipy.optimize import brentq  # noqa: PLC0415 - most commands never need it

    def lack(rate: float) -> float:
        return half / most - below if rate == 0 else np.expm1(-rate * half) / np.expm1(-rate * most) - below

    wide = 1 / most
    while lack(-wide) > 0 or lack(wide) < 0:
        wide *= 2
    return float(brentq(lack, -wide, wide, xtol=1e-12))


def distance(mixing: ArrayLike, eigenvalues: Floats) -> tuple[Floats, Floats]:
    """Compute how far a map with structure lies from one without, and how fast that grows.

    The distance is sqrt(2 KLD), with the Kullback-Leibler divergence of the effects with mixing p from
    independent ones: KLD(p) = (p sum(g - 1) - sum(log(1 + p (g - 1)))) / 2 with eigenvalues g above zero.

    Parameters
    ----------
    mixing : array_like of float, shape (...)
        Between 0 and 1.
    eigenvalues : ndarray of float, shape (n,)
        Of the generalised inverse of the scaled matrix.

    Returns
    -------
    distance, slope : ndarray of float, shape (...)

    Notes
    -----
    Differences within each connected group are compared. What all areas of a group have in common is the
    level, on which the map says nothing (eigenvalue zero): with it the distance of a mixing of one would be
    infinite, and the prior would hold a mixing of exactly one likely, whatever the data.

    References
    ----------
    Riebler A, Sorbye SH, Simpson D, Rue H (2016). Stat Methods Med Res 25:1145-1165.
    doi:10.1177/0962280216660421

    Examples
    --------
    >>> far, slope = distance([0.1, 0.5], np.array([0.0, 0.5, 2.5]))
    >>> far.round(3).tolist(), slope.round(3).tolist()
    ([0.107, 0.478], [1.034, 0.848])
    """
    p = np.asarray(mixing, dtype=float)
    above = eigenvalues[eigenvalues > 0] - 1
    grown = p[..., None] * above
    doubled = (grown - np.log1p(grown)).sum(axis=-1)
    bend = float((above**2).sum())
    far = np.where(p < _SMALL, p * np.sqrt(bend / 2), np.sqrt(np.maximum(doubled, 0.0)))
    rise = (above - above / (1 + grown)).sum(axis=-1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return far, np.where(p < _SMALL, np.sqrt(bend / 2), rise / far)
