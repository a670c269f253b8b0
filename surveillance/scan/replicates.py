"""Running replicates: on threads, or on anything with `map`; with progress, and stopped when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from surveillance.errors import CancelledError
from surveillance.scan.search import Search
from surveillance.scan.several import SeveralSearch

#: Batches handed out at a time: a hundred million replicates would else fill the memory before the first.
_HANDED_OUT = 4096
Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


class Executor(Protocol):
    """Threads, processes or machines: anything that maps a function over items, results in their order."""

    def map(self, function: Callable[..., Any], *items: Any) -> Any:
        """Results of the function for each item."""


@contextmanager
def threads(count: int | None) -> Iterator[ThreadPoolExecutor]:
    """Open a pool of threads; at the end what waits is dropped.

    Parameters
    ----------
    count : int or None
        Number of threads; one for each processor unless given.

    Yields
    ------
    ThreadPoolExecutor

    Examples
    --------
    >>> with threads(2) as pool:
    ...     list(pool.map(abs, [-1, 2]))
    [1, 2]
    """
    pool = ThreadPoolExecutor(max_workers=count or numba.get_num_threads())
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batch(search: Search | SeveralSearch, bounds: tuple[int, int]) -> NDArray[np.float64]:
    return search.maxima(*bounds)


def replicate_maxima(
    search: Search | SeveralSearch,
    executor: Executor,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> NDArray[np.float64]:
    """Find the largest log likelihood ratio of each replicate.

    Parameters
    ----------
    search : Search or SeveralSearch
    executor : Executor
        Anything with `map`.
    progress : callable, optional
        Called with the replicates done and the replicates to do.
    cancel : callable, optional
        Asked after each batch; a true answer stops the scan.

    Returns
    -------
    ndarray of float, shape (replicates,)
        In the order of their index.

    Raises
    ------
    CancelledError
        `cancel` stopped the scan.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> done = []
    >>> told = lambda now, many: done.append(now)
    >>> found = scan(cases, places, model="poisson", replicates=9, progress=told)
    >>> found.maxima.shape, done[0], done[-1]
    ((9,), 0, 9)
    """
    many = search.problem.settings.replicates
    found = np.empty(many)
    if progress:
        progress(0, many)
    for begin in range(0, many, search.at_once * _HANDED_OUT):
        firsts = range(begin, min(begin + search.at_once * _HANDED_OUT, many), search.at_once)
        bounds = [(first, min(first + search.at_once, many)) for first in firsts]
        for (first, last), maxima in zip(bounds, executor.map(partial(_batch, search), bounds), strict=True):
            found[first:last] = maxima
            if cancel and cancel():
                raise CancelledError(f"the scan was stopped after {last} of {many} replicates")
            if progress:
                progress(last, many)
    return found
