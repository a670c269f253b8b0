"""A release to look at: completion of one year in three provinces, two of them hidden. For the examples.

40 of 60 people completed treatment in the country, 33 of 45 in KH01. KH02 and KH03 are hidden: 3 of 5 and 4
of 10. A reader can tell that 7 of 15 completed it in both together, and no more.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.cells import Cells, cells_of
from surveillance.disclosure.audit.judge import true_values
from surveillance.disclosure.audit.numbers import BLANK, COHORT, HIDDEN, SHOWN, Numbers, Row


def family(place: str, numerator: int = BLANK, denominator: int = BLANK) -> Row:
    """Return the family of a place: who completed treatment, of those due. Hidden without numbers.

    Parameters
    ----------
    place : str
        "" is the country.
    numerator, denominator : int

    Returns
    -------
    Row

    Examples
    --------
    >>> family("KH01", 33, 45).status == SHOWN, family("KH02").status == HIDDEN
    (True, True)
    """
    year, hidden = date(2024, 1, 1), numerator == BLANK
    unknown, status = (BLANK, HIDDEN) if hidden else (0, SHOWN)
    names = ("tb", COHORT[0], "care", place, "", "", "year", year)
    return Row(*names, numerator, denominator, unknown, status)


def release(numerator: int = 40, denominator: int = 60) -> Cells:
    """Return the release as its readers know it.

    Parameters
    ----------
    numerator, denominator : int
        Of the country: with others the hidden provinces have others.

    Returns
    -------
    Cells

    Examples
    --------
    >>> [key.place for key in release().keys]
    ['', 'KH01', 'KH02', 'KH03']
    """
    rows = [family("", numerator, denominator), family("KH01", 33, 45), family("KH02"), family("KH03")]
    return cells_of([Numbers.of(rows)], "tb", 2024, COHORT, 5)


def truth() -> NDArray[np.int64]:
    """Return the true numbers of the release.

    Returns
    -------
    array of int64, shape (cells, numbers)
        Numerator, rest, denominator and unknown.

    Examples
    --------
    >>> truth()[2:].tolist()
    [[3, 2, 5, 0], [4, 6, 10, 0]]
    """
    rows = [family("", 40, 60), family("KH01", 33, 45), family("KH02", 3, 5), family("KH03", 4, 10)]
    return true_values(release(), Numbers.of(rows))
