"""Sixty-four counts at a time: the wide instructions of a processor, asked for by name.

A compiler makes wide instructions of plain loops only where it can prove much, and where counts have 16
bits it often computes with 64. So these few steps are written as LLVM's vectors, which it turns into what a
processor has. They add and compare whole numbers: the answer does not depend on the width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import inner

#: Its published types hold the typing context for an argument of the caller.
_intrinsic: Any = extending.intrinsic
#: Counts that are worked on at a time.
LANES = 64
#: Bytes of a line of the processor's memory.
_LINE = 64


def padded(many: int) -> int:
    """Return the next multiple of `LANES`.

    Parameters
    ----------
    many : int

    Returns
    -------
    int

    Examples
    --------
    >>> padded(1), padded(64), padded(65)
    (64, 64, 128)
    """
    return -(-many // LANES) * LANES


def zeros(rows: int, columns: int, dtype: type, at: int = 0) -> NDArray:
    """Make a table of zeros whose column `at` of the first row begins a line of the processor's memory.

    Parameters
    ----------
    rows, columns : int
    dtype : type
        Of whole numbers.
    at : int
        A column.

    Returns
    -------
    ndarray, shape (rows, columns)

    Examples
    --------
    >>> zeros(2, 3, np.uint16).tolist()
    [[0, 0, 0], [0, 0, 0]]
    """
    wide = np.dtype(dtype).itemsize
    memory = np.zeros(rows * columns * wide + _LINE, np.uint8)
    start = -(memory.ctypes.data + at * wide) % _LINE
    return memory[start : start + rows * columns * wide].view(dtype).reshape(rows, columns)


def _data(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.make_array(kind)(context, builder, value)


def _load(builder: Any, data: Any, at: Any) -> Any:
    """Load `LANES` counts from a position on."""
    element = data.type.pointee
    place = builder.bitcast(builder.gep(data, [at]), ir.VectorType(element, LANES).as_pointer())
    found = builder.load(place)
    found.align = element.width // 8
    return found


def _store(builder: Any, vector: Any, data: Any, at: Any) -> None:
    place = builder.bitcast(builder.gep(data, [at]), vector.type.as_pointer())
    builder.store(vector, place, align=data.type.pointee.width // 8)


def _mask(builder: Any, kind: Any, how: str, left: Any, right: Any) -> Any:
    compare = builder.icmp_signed if kind.dtype.signed else builder.icmp_unsigned
    return builder.bitcast(compare(how, left, right), ir.IntType(LANES))


@_intrinsic
def _add(
    typing: Any, sums: Any, before: Any, counts: Any, near: Any, start: Any, stop: Any, at: Any
) -> tuple[Any, Callable[..., Any]]:
    """Add the rows of some places to `LANES` sums, and keep what these were."""
    signature = types.void(sums, before, counts, near, types.intp, types.intp, types.intp)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, before, counts, near = (
            _data(context, builder, kind, value)
            for kind, value in zip(signature.args[:4], arguments[:4], strict=True)
        )
        start, stop, at = arguments[4:]
        width = cgutils.unpack_tuple(builder, counts.shape)[1]
        old = _load(builder, sums.data, at)
        _store(builder, old, before.data, at)
        total = cgutils.alloca_once_value(builder, old)
        with cgutils.for_range_slice(builder, start, stop, ir.Constant(start.type, 1), inc=True) as (k, _):
            place = builder.zext(builder.load(builder.gep(near.data, [k])), start.type)
            row = _load(builder, counts.data, builder.add(builder.mul(place, width), at))
            builder.store(builder.add(builder.load(total), row), total)
        _store(builder, builder.load(total), sums.data, at)
        return context.get_dummy_value()

    return signature, code


@_intrinsic
def at_least(typing: Any, values: Any, bars: Any, at: Any) -> tuple[Any, Callable[..., Any]]:
    """Return bits of the `LANES` values, from `at` on, that are no less than their bars.

    Parameters
    ----------
    typing : object
        Numba's; a kernel leaves it out.
    values, bars : ndarray, shape (n,)
        Of one type of whole numbers.
    at : int

    Returns
    -------
    uint64

    Examples
    --------
    >>> from numba import njit
    >>> values = np.arange(64, dtype=np.uint16)
    >>> bin(njit(lambda one, other: at_least(one, other, 0))(values, values[::-1].copy()) >> 30)
    '0b1111111111111111111111111111111100'
    """
    signature = types.uint64(values, bars, types.intp)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, bars = (_data(context, builder, signature.args[n], arguments[n]) for n in range(2))
        left, right = (_load(builder, one.data, arguments[2]) for one in (values, bars))
        return _mask(builder, signature.args[0], ">=", left, right)

    return signature, code


@_intrinsic
def differ_at_least(
    typing: Any, values: Any, ends: Any, starts: Any, bars: Any, at: Any
) -> tuple[Any, Callable[..., Any]]:
    """Return bits of `LANES` differences, of values from `ends` and from `starts` on, that reach their bars.

    Parameters
    ----------
    typing : object
        Numba's; a kernel leaves it out.
    values : ndarray, shape (n,)
        Of whole numbers.
    ends, starts : int
        Positions of the first two values that differ.
    bars : ndarray, shape (m,)
        Of the same type.
    at : int
        Position of the first bar.

    Returns
    -------
    uint64

    Examples
    --------
    >>> from numba import njit
    >>> values, bars = np.arange(65, dtype=np.uint16) ** 2, np.full(64, 125, np.uint16)
    >>> bin(njit(lambda one, other: differ_at_least(one, 1, 0, other, 0))(values, bars) >> 60)
    '0b1100'
    """
    signature = types.uint64(values, types.intp, types.intp, bars, types.intp)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = _data(context, builder, signature.args[0], arguments[0]).data
        bars = _data(context, builder, signature.args[3], arguments[3]).data
        differences = builder.sub(_load(builder, values, arguments[1]), _load(builder, values, arguments[2]))
        return _mask(builder, signature.args[0], ">=", differences, _load(builder, bars, arguments[4]))

    return signature, code


@_intrinsic
def lowest(typing: Any, bits: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the position of the lowest bit that is set; some must be.

    Parameters
    ----------
    typing : object
        Numba's; a kernel leaves it out.
    bits : uint64

    Returns
    -------
    int

    Examples
    --------
    >>> from numba import njit
    >>> njit(lambda bits: lowest(np.uint64(bits)))(8)
    3
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.intp(types.uint64), code


@inner
def add_rows(
    sums: NDArray,
    before: NDArray,
    counts: NDArray,
    near: NDArray,
    start: int,
    stop: int,
    first: int,
    last: int,
) -> None:
    """Add the rows of some places: most of a scan's time goes here.

    Parameters
    ----------
    sums : ndarray, shape (width,)
        Changes.
    before : ndarray, shape (width,)
        Is given what the sums were.
    counts : ndarray, shape (places, width)
        Of the same type as the sums.
    near : ndarray of int
        Places, nearest first.
    start, stop : int
        The places are `near[start:stop]`.
    first, last : int
        Columns that are added; as many as a multiple of `LANES`.

    Examples
    --------
    Kernels call it; a scan of two places that holds most cases sums them:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> int(scan(cases, places, model="poisson", replicates=9).clusters.loc[0, "observed"])
    17
    """
    for at in range(first, last, LANES):
        _add(sums, before, counts, near, start, stop, at)


@inner
def between(at: int, start: int, stop: int) -> int:
    """Return bits of the `LANES` positions from `at` on that lie from `start` to `stop - 1`.

    Parameters
    ----------
    at, start, stop : int

    Returns
    -------
    uint64

    Examples
    --------
    >>> bin(between.py_func(64, 65, 67))
    '0b110'
    """
    found = np.uint64(0xFFFFFFFFFFFFFFFF)
    if start > at:
        found = found << np.uint64(start - at)
    if stop < at + LANES:
        found &= (np.uint64(1) << np.uint64(stop - at)) - np.uint64(1)
    return found
