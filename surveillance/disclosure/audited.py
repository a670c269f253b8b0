"""What a release publishes, and the truth behind it, in the form that the audit takes.

The audit knows nothing of the modules that hide; this one knows both forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.numbers import BLANK, HIDDEN, NOT_ISSUED, SHOWN, Numbers
from surveillance.disclosure.lattice import ALL_CROSSINGS, COUNTRY, Column
from surveillance.disclosure.model import Block, State, Table
from surveillance.disclosure.published import Published, PublishedTable

_STATUS = {State.SHOWN: SHOWN, State.HIDDEN: HIDDEN, State.NOT_ISSUED: NOT_ISSUED}
_KINDS: list[Any] = [*["U"] * 7, "datetime64[D]", *[np.int64] * 3, np.int8]


def numbers_of(published: Iterable[Published]) -> Numbers:
    """Write what is published as rows for the audit.

    Parameters
    ----------
    published : iterable of Published
        Blocks of one release at one threshold.

    Returns
    -------
    Numbers

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Pattern, cohort_numbers, star
    >>> from surveillance.disclosure.published import published
    >>> year = star(Column("year", date(2025, 1, 1)), [])
    >>> sums = cohort_numbers(np.array([[40], [2]]), np.array([[60], [22]]))
    >>> block = Block("tb", COHORT, 2025, (Table("care", star(COUNTRY, ["KH01", "KH02"]), year, sums),))
    >>> pattern = Pattern(5, {"care": np.array([[[0], [0], [1]]], np.int8)})
    >>> numbers_of([published(block, pattern)]).numerator.tolist()
    [42, 40, -1]
    """
    parts = []
    for block in published:
        for table in block.tables:
            states = np.vectorize(_STATUS.get, otypes=[np.int8])(table.states)
            parts.append(
                _rows(block.disease, block.year, table, table.levels, table.numbers, table.values, states)
            )
    return _joined(parts)


def truth_of(blocks: Iterable[Block]) -> Numbers:
    """Write the true numbers of blocks as rows for the audit, with those that tie tables together.

    Parameters
    ----------
    blocks : iterable of Block

    Returns
    -------
    Numbers
        Nothing hidden.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> year = star(Column("year", date(2025, 1, 1)), [])
    >>> sums = cohort_numbers(np.array([[40], [2]]), np.array([[60], [22]]))
    >>> block = Block("tb", COHORT, 2025, (Table("care", star(COUNTRY, ["KH01", "KH02"]), year, sums),))
    >>> truth_of([block]).numerator.tolist()
    [42, 40, 2]
    """
    parts: list[list[NDArray[Any]]] = []
    for block in blocks:
        codes = tuple(number.code for number in block.chain.numbers)
        levels = block.chain.levels
        for table in block.tables:
            values = np.moveaxis(table.totals, 2, 0)
            states = np.full((len(levels), *values.shape[1:]), SHOWN, np.int8)
            parts.append(_rows(block.disease, block.year, table, levels, codes, values, states))
        for axis, joint in block.joint.items():
            parts += _joint(block, axis, joint, levels, codes)
    return _joined(parts)


def _joint(
    block: Block, axis: str, joint: NDArray[np.int64], levels: tuple[str, ...], codes: tuple[str, ...]
) -> Iterator[list[NDArray[Any]]]:
    """Write records by place, quarter and value: never issued."""
    care, group, both = (block.table(name) for name in ("care", f"group:{axis}", f"care:{axis}"))
    if care is None or group is None or both is None:
        return
    places = [care.rows.names[leaf] for leaf in care.rows.leaves]
    columns = [group.columns.names[leaf] for leaf in group.columns.leaves]
    values = [both.columns.names[leaf] for leaf in both.columns.leaves]
    at = [
        (i, j, m, place, column, value)
        for i, place in enumerate(places)
        for j, column in enumerate(columns)
        for m, value in enumerate(values)
        if isinstance(column, Column)
    ]
    numbers = np.array([joint[i, j, m] for i, j, m, *_ in at]).T.reshape(len(codes), -1)
    names = [(str(place), str(value), column.kind, column.first_day) for *_, place, column, value in at]
    status = np.full((len(levels), len(names)), NOT_ISSUED, np.int8)
    yield from _levels(block.disease, "care", axis, names, levels, codes, numbers, status)


def _rows(
    disease: str,
    year: int,
    table: Table | PublishedTable,
    levels: tuple[str, ...],
    codes: tuple[str, ...],
    values: NDArray[np.int64],
    states: NDArray[np.int8],
) -> list[NDArray[Any]]:
    """Write one table; rows that are never shown are left out."""
    first, _, axis = table.name.partition(":")
    dimension = "care" if axis else first
    by_value = first == "care" and bool(axis)
    names, kept = [], []
    for row in table.rows.names:
        for column in table.columns.names:
            kept.append(_is_own(row, column, first, by_value, table.never))
            place = "" if row in (COUNTRY, ALL_CROSSINGS) else str(row)
            if by_value:
                names.append((place, str(column), "year", date(year, 1, 1)))
            else:
                assert isinstance(column, Column), f"{table.name}: {column} is no period"  # noqa: S101
                group = first == "group"
                names.append(("" if group else place, place if group else "", column.kind, column.first_day))
    mask = np.array(kept)
    own = [name for name, keep in zip(names, kept, strict=True) if keep]
    flat = values.reshape(len(codes), -1)[:, mask]
    status = states.reshape(len(levels), -1)[:, mask]
    parts = list(_levels(disease, dimension, axis, own, levels, codes, flat, status))
    return [np.concatenate([part[i] for part in parts]) for i in range(len(_KINDS))]


def _is_own(row: object, column: object, first: str, by_value: bool, never: frozenset[Any]) -> bool:
    """Whether a table is the one that says this cell, and its row is shown at all."""
    if row in never:
        return False
    if by_value:  # margins belong to other tables
        return row != COUNTRY and column != ""
    return row != COUNTRY or first in ("care", "home")


def _levels(
    disease: str,
    dimension: str,
    axis: str,
    names: Sequence[tuple[str, str, str, date]],
    levels: tuple[str, ...],
    codes: tuple[str, ...],
    values: NDArray[np.int64],
    status: NDArray[np.int8],
) -> Iterator[list[NDArray[Any]]]:
    """Write the families of some cells, level by level."""
    place, value, kind, first = (np.array(part) for part in zip(*names, strict=True))
    blank = np.full(len(names), BLANK)
    of = {code: values[i] for i, code in enumerate(codes)}
    for level, measure in enumerate(levels):
        if measure == "records":
            numerator, denominator, unknown = of["records"], blank, blank
        else:
            numerator, rest = of[f"numerator {measure}"], of[f"complement {measure}"]
            denominator = np.where(numerator == BLANK, BLANK, numerator + rest)
            unknown = of.get(f"unknown {measure}", blank)
        constant = [disease, measure, dimension]
        yield [
            *(np.full(len(names), text) for text in constant),
            place, np.full(len(names), axis), np.where(np.full(len(names), bool(axis)), value, ""), kind,
            first.astype("datetime64[D]"), numerator, denominator, unknown, status[level],
        ]  # fmt: skip


def _joined(parts: list[list[NDArray[Any]]]) -> Numbers:
    """Put rows under each other."""
    columns = [np.concatenate([part[i] for part in parts]) for i in range(len(_KINDS))]
    names = [field.name for field in fields(Numbers)]
    return Numbers(**{n: c.astype(k) for n, c, k in zip(names, columns, _KINDS, strict=True)})
