"""How much of a place reported: each facility counts as much as it usually sends, not as one of many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def exposure(
    counts: NDArray[np.float64], reported: NDArray[np.bool_], history: int | None = None
) -> NDArray[np.float64]:
    """Return the share of the usual cases that the facilities which reported stand for.

    Parameters
    ----------
    counts : array of float, shape (steps, facilities)
        Cases of each facility.
    reported : array of bool, shape (steps, facilities)
        Whether it reported, zero too.
    history : int, optional
        How many steps, the first ones, say what is usual; all of them, where it is not given.

    Returns
    -------
    array of float, shape (steps,)
        From 0, nobody who usually has cases reported, to 1, all did. 1 everywhere where no facility has a
        case in the history.

    Notes
    -----
    A facility's usual number is its mean over the steps of the history in which it reported. Two silent posts
    that send one case a year change little, and one silent hospital much; their number would say the reverse.

    Examples
    --------
    >>> cases = np.array([[9.0, 1], [9, 1], [0, 1], [9, 0]])
    >>> sent = np.array([[True, True], [True, True], [False, True], [True, False]])
    >>> exposure(cases, sent).round(2).tolist()
    [1.0, 1.0, 0.1, 0.9]
    """
    steps = len(counts) if history is None else max(min(history, len(counts)), 0)
    sent = reported[:steps]
    times = sent.sum(axis=0)
    totals = np.where(sent, counts[:steps], 0.0).sum(axis=0)
    usual = np.divide(totals, times, out=np.zeros(counts.shape[1]), where=times > 0)
    if usual.sum() <= 0:
        return np.ones(len(counts))
    return np.asarray(reported @ (usual / usual.sum()), float)
