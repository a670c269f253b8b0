"""One way to compile a kernel: it frees the interpreter's lock, and is kept on disk where it can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel at its first call.

    Threads run it side by side (`nogil`). Floating-point sums keep their order (no `fastmath`), so that every
    machine gives the same answer. The compiled code is kept beside the source, or where `NUMBA_CACHE_DIR`
    says; where nothing can be written, each process compiles anew.
    """
    try:
        return numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no place for the cache
        return numba.njit(nogil=True, error_model="numpy")(function)
