"""Published numbers as the audit takes them, and nothing about how they were hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: The measures of a visit in the order of the cascade. Each after the first is among those of the one before.
VISITS = ("records", "testing", "positivity", "treatment")
#: The one measure that is counted by the day on which treatment started.
COHORT = ("completion",)
MEASURES = (*VISITS, *COHORT)
KINDS = ("month", "quarter", "year")
DIMENSIONS = ("care", "home", "crossing")
#: A number that is not told.
BLANK = -1
#: What became of a family: a number that is not issued is withheld like a hidden one, but nothing marks it.
SHOWN, HIDDEN, NOT_ISSUED = range(3)


class Row(NamedTuple):
    """One published family: a measure of a disease in a place, a period and a group.

    Parameters
    ----------
    disease, measure, dimension : str
    place : str
        "" stands for all places of the dimension together.
    axis, value : str
        Both "" where no group is meant.
    kind : str
        Of `KINDS`.
    first_day : date
    numerator : int
        The records, where `measure` is "records". `BLANK` where hidden.
    denominator, unknown : int
        `BLANK` where hidden or not told.
    hidden : bool
    """

    disease: str
    measure: str
    dimension: str
    place: str
    axis: str
    value: str
    kind: str
    first_day: date
    numerator: int = BLANK
    denominator: int = BLANK
    unknown: int = BLANK
    status: int = SHOWN


@dataclass(frozen=True)
class Numbers:
    """Published families as columns of one length; see :class:`Row` for what each holds.

    A table has to be whole: all places of a dimension and all values of an axis that were counted are rows,
    whatever their status, because a reader knows that they sum to the total. Of the truth, the rows also
    hold the records by place, quarter and value of an axis: these are never issued, but tie the issued
    tables together.

    Parameters
    ----------
    disease, measure, dimension, place, axis, value, kind : array of str, shape (n,)
    first_day : array of datetime64[D], shape (n,)
    numerator, denominator, unknown : array of int64, shape (n,)
    status : array of int8, shape (n,)
    """

    disease: NDArray[np.str_]
    measure: NDArray[np.str_]
    dimension: NDArray[np.str_]
    place: NDArray[np.str_]
    axis: NDArray[np.str_]
    value: NDArray[np.str_]
    kind: NDArray[np.str_]
    first_day: NDArray[np.datetime64]
    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]
    unknown: NDArray[np.int64]
    status: NDArray[np.int8]

    def __post_init__(self) -> None:
        """Refuse columns of several lengths."""
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of published numbers need one length; these have {lengths}")

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.status)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Numbers:
        """Make columns of rows.

        Parameters
        ----------
        rows : iterable of Row

        Returns
        -------
        Numbers

        Examples
        --------
        >>> one = Row("tb", "records", "care", "", "", "", "year", date(2024, 1, 1), 12)
        >>> Numbers.of([one]).numerator
        array([12])
        """
        columns = list(zip(*rows, strict=True)) or [()] * len(Row._fields)
        types: list[Any] = [*["U"] * 7, "datetime64[D]", *[np.int64] * 3, np.int8]
        return cls(*(np.array(column, dtype=kind) for column, kind in zip(columns, types, strict=True)))

    def where(self, mask: NDArray[np.bool_]) -> Numbers:
        """Return some of the rows.

        Parameters
        ----------
        mask : array of bool, shape (n,)

        Returns
        -------
        Numbers
        """
        return Numbers(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})

    def rows(self) -> list[Row]:
        """Return the rows one by one.

        Returns
        -------
        list of Row, length n
        """
        return [
            Row(*row) for row in zip(*(getattr(self, f.name).tolist() for f in fields(self)), strict=True)
        ]
