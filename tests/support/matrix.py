"""Products of parameters: some rows in `make test`, which hold every value or pair; all in `make full`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any

import pytest


def _pairs(row: Sequence[Any]) -> set[tuple[int, Any, int, Any]]:
    """Pairs of values that one row holds, with the axes that they stand on."""
    if len(row) == 1:
        return {(0, row[0], 0, row[0])}
    return {(i, row[i], j, row[j]) for i, j in combinations(range(len(row)), 2)}


def covering(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of the product that hold every pair of values: each next one holds most of the missing pairs.

    >>> covering("ab", "cd", "ef")
    [('a', 'c', 'e'), ('a', 'd', 'f'), ('b', 'c', 'f'), ('b', 'd', 'e')]
    """
    rows = list(product(*axes))
    missing = set().union(*map(_pairs, rows))
    chosen = []
    while missing:
        best = max(rows, key=lambda row: len(_pairs(row) & missing))
        chosen.append(best)
        missing -= _pairs(best)
    return chosen


def every_pair(*axes: Sequence[Any]) -> list[Any]:
    """The product of the axes as parameters of a test; rows that no pair needs are marked `full`."""
    return _marked(axes, covering(*axes))


def every_value(*axes: Sequence[Any]) -> list[Any]:
    """The product of the axes as parameters of a test; rows that no value needs are marked `full`."""
    longest = max(map(len, axes))
    return _marked(axes, [tuple(axis[n % len(axis)] for axis in axes) for n in range(longest)])


def only(row: tuple[Any, ...], *axes: Sequence[Any]) -> list[Any]:
    """The product of the axes as parameters of a test; every row but one is marked `full`."""
    return _marked(axes, [row])


def _marked(axes: Sequence[Sequence[Any]], kept: Sequence[tuple[Any, ...]]) -> list[Any]:
    return [pytest.param(*row, marks=() if row in kept else pytest.mark.full) for row in product(*axes)]


def some(values: Iterable[Any], kept: Iterable[Any]) -> list[Any]:
    """Parameters of a test; those that are not among `kept` are marked `full`."""
    chosen = list(kept)
    return [value if value in chosen else pytest.param(value, marks=pytest.mark.full) for value in values]
