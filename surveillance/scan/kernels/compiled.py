"""Two ways to compile a kernel: for Python to call, or as a part of one that Python calls."""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import numba

#: Modules whose functions are parts of kernels that stand in another one.
_PARTS = (
    "kernels/compiled",
    "kernels/cylinders",
    "draws",
    "kernels/lanes",
    "kernels/likelihood",
    "problem/nearest",
    "kernels/random",
    "kernels/sweep",
    "kernels/vectors",
    "kernels/several",
    "bounds",
    "problem/zones",
)

#: Its published types leave out some of its options.
_njit: Any = numba.njit
#: Floating-point sums keep their order (no `fastmath`), so that every machine gives the same answer.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel that Python calls, at its first call.

    Threads run it side by side (`nogil`). The compiled code is kept beside the source, or where
    `NUMBA_CACHE_DIR` says; where nothing can be written, each process compiles anew.

    Parameters
    ----------
    function : callable
        Of numbers and arrays.

    Returns
    -------
    callable
        The compiled function; `py_func` is the function as it was given.

    Examples
    --------
    >>> from surveillance.scan.kernels.random import choose
    >>> choose.py_func.__name__
    'choose'
    """
    try:
        kernel = _njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no place for the cache
        return _njit(**_OPTIONS)(function)
    # Numba looks at the kernel's own file only: after an update of another part, old code would run on.
    kept: Any = kernel._cache._cache_file
    kept._source_stamp = (kept._source_stamp, _fingerprint())
    return kernel


@cache
def _fingerprint() -> str:
    """Of the source of every module that kernels are made from."""
    sources = (pkgutil.get_data("surveillance.scan", f"{name}.py") or b"" for name in _PARTS)
    return hashlib.sha256(b"\0".join(sources)).hexdigest()


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that only kernels call, as a part of them.

    Python cannot call it: what hands Python's arguments over takes longer to compile than most of them.

    Parameters
    ----------
    function : callable
        Of numbers and arrays.

    Returns
    -------
    callable
        The compiled function; `py_func` is the function as it was given.

    Examples
    --------
    >>> from surveillance.scan.kernels.sweep import level_of
    >>> level_of.py_func.__name__
    'level_of'
    """
    return _njit(no_cpython_wrapper=True, **_OPTIONS)(function)
