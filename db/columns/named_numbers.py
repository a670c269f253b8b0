"""Rows of one name and some whole numbers, read by the thousand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection


class NamedNumbers(NamedTuple):
    """Column by column: `names` each once, `name` a position in them, `numbers` one row each."""

    names: list[str]
    name: NDArray[np.int64]
    numbers: NDArray[np.int64]


def columns(connection: Connection, rows: sa.Select) -> NamedNumbers:
    """Read rows whose first column is a name and whose others are whole numbers, none of them missing.

    The rows of a name come as one text: SQLite's driver lets other threads in after every row, so a reader of
    thousands of rows waits for them as often.
    """
    read = rows.subquery()
    first, *others = read.c
    cell: sa.ColumnElement[str] = sa.cast(others[0], sa.String)
    for one in others[1:]:
        cell = cell + "," + sa.cast(one, sa.String)
    texts = connection.execute(select(first, func.aggregate_strings(cell, ",")).group_by(first)).all()
    found = [np.fromstring(text, np.int64, sep=",").reshape(-1, len(others)) for _, text in texts]
    name = np.repeat(np.arange(len(texts)), [len(numbers) for numbers in found])
    every = np.concatenate(found) if found else np.empty((0, len(others)), np.int64)
    return NamedNumbers([name for name, _ in texts], name, every)
