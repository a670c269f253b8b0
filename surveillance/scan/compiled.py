"""Two ways to compile a kernel: for Python to call, or as a part of one that Python calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

#: Its published types leave out some of its options.
_njit: Any = numba.njit
#: Floating-point sums keep their order (no `fastmath`), so that every machine gives the same answer.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel that Python calls, at its first call.

    Threads run it side by side (`nogil`). The compiled code is kept beside the source, or where
    `NUMBA_CACHE_DIR` says; where nothing can be written, each process compiles anew.
    """
    try:
        return _njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no place for the cache
        return _njit(**_OPTIONS)(function)


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that only kernels call, as a part of them.

    Python cannot call it: what hands Python's arguments over takes longer to compile than most of them.
    """
    return _njit(no_cpython_wrapper=True, **_OPTIONS)(function)
