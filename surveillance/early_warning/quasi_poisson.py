"""Log-linear models of counts that spread more than Poisson's, fitted as R's `glm` does, step by step.

The steps are R's, start and end included: bounds agree to the last digits only where both stop at the same
place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import stdtr, xlogy

Array = NDArray[np.float64]
_TOLERANCE = 1e-8
_MOST = 25
#: What a column keeps of its length when those before it are taken away, below which it adds nothing.
_SINGULAR = 1e-11
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Parameters
    ----------
    coefficients : array of float, shape (p,)
        NaN for a column that adds nothing to those before it.
    mu : array of float, shape (n,)
        Fitted counts.
    residuals : array of float, shape (n,)
        Working residuals, (count - fitted) / fitted.
    weights : array of float, shape (n,)
        Working weights of the last step.
    leverages : array of float, shape (n,)
        Diagonal of the hat matrix.
    inverse : array of float, shape (r, r)
        Inverse of R in the decomposition of the kept columns.
    df : int
        Degrees of freedom that are left.
    converged : bool
        Whether the steps came to an end.
    """

    coefficients: Array
    mu: Array
    residuals: Array
    weights: Array
    leverages: Array
    inverse: Array
    df: int
    converged: bool

    def dispersion(self, weights: Array | None = None) -> float:
        """How much wider than Poisson's the counts spread (Pearson), 1 being Poisson's; NaN without freedom.

        Parameters
        ----------
        weights : array of float, shape (n,), optional
            Weights of the squared residuals in place of the working ones.

        Returns
        -------
        float
        """
        if self.df <= 0:
            return float("nan")
        taken = self.weights if weights is None else weights
        kept = taken > 0
        return float((taken * self.residuals**2)[kept].sum() / self.df)

    def p_value(self, column: int, dispersion: float) -> float:
        """Two-sided p value of one coefficient, by Student's t.

        Parameters
        ----------
        column : int
            Which column of the design.
        dispersion : float
            How much wider than Poisson's the counts spread.

        Returns
        -------
        float
            NaN for a column that adds nothing.
        """
        if np.isnan(self.coefficients[column]) or self.df <= 0:
            return float("nan")
        place = int(np.count_nonzero(~np.isnan(self.coefficients[:column])))
        error = float(np.sqrt(dispersion * (self.inverse[place] ** 2).sum()))
        return float(2 * stdtr(self.df, -abs(self.coefficients[column] / error)))

    def predict(self, row: Array, dispersion: float, offset: float = 0.0) -> tuple[float, float]:
        """Linear predictor of a new row, and its standard error.

        Parameters
        ----------
        row : array of float, shape (p,)
            A row of the design.
        dispersion : float
            How much wider than Poisson's the counts spread.
        offset : float
            What is added to the predictor.

        Returns
        -------
        (float, float)
            On the logarithmic scale.
        """
        kept = ~np.isnan(self.coefficients)
        eta = float(row[kept] @ self.coefficients[kept]) + offset
        spread = row[kept] @ self.inverse
        return eta, float(np.sqrt(dispersion * (spread**2).sum()))


def fit(
    design: Array, counts: Array, weights: Array | None = None, offset: Array | None = None
) -> Fit | None:
    """Fit a log-linear model by iteratively weighted least squares.

    Parameters
    ----------
    design : array of float, shape (n, p)
        Its columns, the first usually ones.
    counts : array of float, shape (n,)
        Cases, not below zero.
    weights : array of float, shape (n,), optional
        Prior weights; rows of weight zero are left out.
    offset : array of float, shape (n,), optional
        Added to the linear predictor.

    Returns
    -------
    Fit or None
        None where the deviance cannot be computed at all.

    References
    ----------
    McCullagh P, Nelder JA (1989). Generalized Linear Models, 2nd edition. Chapman and Hall.
    doi:10.1007/978-1-4899-3242-6

    Examples
    --------
    >>> found = fit(np.ones((4, 1)), np.array([2.0, 3.0, 4.0, 3.0]))
    >>> float(found.mu[0].round(6)), round(found.dispersion(), 4)
    (3.0, 0.2222)
    """
    prior = np.ones(len(counts)) if weights is None else weights
    added = np.zeros(len(counts)) if offset is None else offset
    good = prior > 0
    eta = np.log(counts + 0.1)
    mu = counts + 0.1
    before, held, converged = _deviance(counts, mu, prior), None, False
    for _ in range(_MOST):
        root = np.sqrt(prior[good] * mu[good])
        target = (eta - added)[good] + (counts - mu)[good] / mu[good]
        working = prior * mu
        q, r, kept = _decomposed(design[good] * root[:, None])
        solved = np.zeros(design.shape[1])
        solved[kept] = solve_triangular(r, q.T @ (target * root))
        eta, mu = _at(design, solved, added)
        now = _deviance(counts, mu, prior)
        if not np.isfinite(now):
            if held is None:
                return None
            halved = _halved(design, counts, prior, added, solved, held)
            if halved is None:
                return None
            solved, eta, mu, now = halved
        if abs(now - before) / (abs(now) + 0.1) < _TOLERANCE:
            converged = True
            break
        before, held = now, solved
    coefficients = np.full(design.shape[1], np.nan)
    coefficients[kept] = solved[kept]
    leverages = np.zeros(len(counts))
    leverages[good] = (q**2).sum(axis=1)
    leverages[leverages > 1 - 10 * _EPS] = 1.0
    return Fit(
        coefficients,
        mu,
        (counts - mu) / mu,
        np.where(good, working, 0.0),
        leverages,
        solve_triangular(r, np.eye(len(r))),
        int(good.sum()) - len(r),
        converged,
    )


def _at(design: Array, coefficients: Array, offset: Array) -> tuple[Array, Array]:
    eta = design @ coefficients + offset
    with np.errstate(over="ignore"):
        return eta, np.maximum(np.exp(eta), _EPS)


def _deviance(counts: Array, mu: Array, weights: Array) -> float:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        each = np.where(counts > 0, xlogy(counts, counts / mu) - (counts - mu), mu)
        return float(2 * (weights * each).sum())


def _decomposed(weighted: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Q, R and the kept columns: one that adds nothing to those before it is left out."""
    q, r = np.linalg.qr(weighted)
    lengths = np.sqrt((weighted**2).sum(axis=0))
    kept = np.flatnonzero(np.abs(np.diag(r)) > _SINGULAR * lengths) if len(r) == r.shape[1] else None
    if kept is not None and len(kept) == weighted.shape[1]:
        return q, r, kept
    chosen: list[int] = []
    for column in range(weighted.shape[1]):
        left = weighted[:, column].copy()
        if chosen:
            basis = np.linalg.qr(weighted[:, chosen])[0]
            left -= basis @ (basis.T @ left)
        if np.sqrt((left**2).sum()) > _SINGULAR * lengths[column] and len(chosen) < len(weighted):
            chosen.append(column)
    q, r = np.linalg.qr(weighted[:, chosen])
    return q, r, np.array(chosen, dtype=np.int64)


def _halved(
    design: Array, counts: Array, prior: Array, offset: Array, solved: Array, held: Array
) -> tuple[Array, Array, Array, float] | None:
    """Go back half the way towards the last step until the deviance is a number again."""
    for _ in range(_MOST):
        solved = (solved + held) / 2
        eta, mu = _at(design, solved, offset)
        now = _deviance(counts, mu, prior)
        if np.isfinite(now):
            return solved, eta, mu, now
    return None


def outbreak_weights(fitted: Fit, counts: Array, dispersion: float, threshold: float) -> Array | None:
    """Weights that let earlier outbreaks count less, by their standardised Anscombe residuals.

    Parameters
    ----------
    fitted : Fit
        The model without weights.
    counts : array of float, shape (n,)
        Its counts.
    dispersion : float
        How much wider than Poisson's the counts spread.
    threshold : float
        Residuals above it count less, by the inverse of their square.

    Returns
    -------
    array of float, shape (n,), or None
        They sum to n. None where a residual cannot be standardised.

    References
    ----------
    Farrington CP, Andrews NJ, Beale AD, Catchpole MA (1996). A statistical algorithm for the early detection
    of outbreaks of infectious disease. Journal of the Royal Statistical Society A 159(3): 547-563.
    doi:10.2307/2983331

    Examples
    --------
    >>> counts = np.array([2.0, 3.0, 2.0, 3.0, 30.0])
    >>> found = outbreak_weights(fit(np.ones((5, 1)), counts), counts, 1.0, 1.0)
    >>> bool(found[4] < 0.1), float(found.sum().round(6))
    (True, 5.0)
    """
    mu = fitted.mu
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = 1.5 * (counts ** (2 / 3) * mu ** (-1 / 6) - np.sqrt(mu))
        residuals = raw / np.sqrt(dispersion * (1 - fitted.leverages))
        if np.isnan(residuals).any():
            return None
        high = residuals > threshold
        shrunk = np.where(high, residuals**-2.0, 1.0)
    return len(counts) / float(shrunk.sum()) * shrunk
