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
    """A pool of threads, by default one for each processor; at the end what waits is dropped."""
    pool = ThreadPoolExecutor(max_workers=count or numba.get_num_threads())
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batch(search: Search, bounds: tuple[int, int]) -> NDArray[np.float64]:
    return search.maxima(*bounds)


def replicate_maxima(
    search: Search, executor: Executor, progress: Progress | None = None, cancel: Cancel | None = None
) -> NDArray[np.float64]:
    """Largest log likelihood ratio of each replicate, in the order of their index.

    Raises
    ------
    CancelledError
        `cancel` said so.
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
