"""Age ranges of population figures: read as tables write them, and summed to the bands of the records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from surveillance.sameness import letters, same
from surveillance.vocabulary import AGE_BANDS

#: Last completed year of an open range.
OLDEST = AGE_BANDS[-1][2]
#: First and last completed year.
Range = tuple[int, int]

_YEARS = rf"\s?(?:years?|yrs?|y|ans?|{letters('ឆ្នាំ')})?(?:\s?old)?"
_AND_MORE = rf"(?:\+|and (?:over|above|older)|or (?:over|more|older)|{letters('ឡើង')}(?:{letters('ទៅ')})?)"
_BETWEEN = re.compile(rf"(\d{{1,3}}){_YEARS}\s?(?:-|–|—|to|{letters('ដល់')})\s?(\d{{1,3}}){_YEARS}")
_OPEN = re.compile(rf"(?:>=|≥)\s?(\d{{1,3}}){_YEARS}|(\d{{1,3}}){_YEARS}\s?{_AND_MORE}")
_UNDER = re.compile(rf"(?:<|under|below|{letters('ក្រោម')})\s?(\d{{1,3}}){_YEARS}")
_SINGLE = re.compile(rf"(\d{{1,3}}){_YEARS}")
_ALL = frozenset(map(same, ("", "all", "all ages", "total", "any", "សរុប", "គ្រប់អាយុ", "ទាំងអស់")))


def read_range(text: str) -> Range | None:
    """Read an age range as tables of populations write it.

    Parameters
    ----------
    text : str
        Such as `0-4`, `5 to 9 years`, `80+`, `65 and over`, `under 5`, `7`; blank or `all` for all ages.

    Returns
    -------
    tuple of int, or None
        First and last completed year; None: all ages.

    Raises
    ------
    ValueError
        The text is no range of ages from 0 to 130.

    Examples
    --------
    >>> read_range("៥-១៤ ឆ្នាំ"), read_range("80+"), read_range("under 5"), read_range("All ages")
    ((5, 14), (80, 130), (0, 4), None)
    """
    folded = same(text)
    if folded in _ALL:
        return None
    if match := _BETWEEN.fullmatch(folded):
        found = int(match[1]), int(match[2])
    elif match := _OPEN.fullmatch(folded):
        found = int(match[1] or match[2]), OLDEST
    elif match := _UNDER.fullmatch(folded):
        found = 0, int(match[1]) - 1
    elif match := _SINGLE.fullmatch(folded):
        found = int(match[1]), int(match[1])
    else:
        raise ValueError(text)
    if not 0 <= found[0] <= found[1] <= OLDEST:
        raise ValueError(text)
    return None if found == (0, OLDEST) else found


def code_of(ages: Range | None) -> str | None:
    """Write a range as it is stored: the code of a band where it is one.

    Parameters
    ----------
    ages : tuple of int, or None
        First and last completed year; None: all ages.

    Returns
    -------
    str or None

    Examples
    --------
    >>> code_of((0, 4)), code_of((80, 130)), code_of(None)
    ('0-4', '80+', None)
    """
    if ages is None:
        return None
    first, last = ages
    return f"{first}+" if last >= OLDEST else f"{first}-{last}"


@lru_cache(maxsize=1024)
def range_of(code: str) -> Range:
    """Read back what :func:`code_of` wrote.

    Parameters
    ----------
    code : str

    Returns
    -------
    tuple of int
        First and last completed year.

    Raises
    ------
    ValueError
        It is no such code.

    Examples
    --------
    >>> range_of("15-24"), range_of("65+")
    ((15, 24), (65, 130))
    """
    found = read_range(code)
    if found is None:
        raise ValueError(code)
    return found


def tiles(ranges: Iterable[Range], whole: Range) -> tuple[Range, ...] | None:
    """Choose ranges that together make a whole one, without gap or overlap.

    Parameters
    ----------
    ranges : iterable of tuple of int
        What there is.
    whole : tuple of int
        What is to be made.

    Returns
    -------
    tuple of tuple of int, or None
        As few ranges as possible, in order of age; None where they do not make it.

    Examples
    --------
    >>> tiles([(0, 4), (5, 9), (10, 14), (5, 14)], (5, 14)), tiles([(5, 9), (12, 14)], (5, 14))
    (((5, 14),), None)
    """
    inside = sorted({one for one in ranges if whole[0] <= one[0] and one[1] <= whole[1]})
    reached: dict[int, tuple[Range, ...]] = {whole[0]: ()}  # first year that is missing -> ranges before it
    for one in inside:  # in order of their first year: what leads to it is known
        if one[0] in reached:
            way = (*reached[one[0]], one)
            old = reached.get(one[1] + 1)
            if old is None or len(way) < len(old):
                reached[one[1] + 1] = way
    return reached.get(whole[1] + 1)


def in_bands(values: Mapping[str, float]) -> dict[str, float]:
    """Sum values by age range to the age bands of the records.

    Parameters
    ----------
    values : mapping of str to float
        By code of their ranges.

    Returns
    -------
    dict of str to float
        By code of the band, in order of age; a band that the ranges do not make is left out.

    Examples
    --------
    >>> in_bands({"0-4": 10, "5-9": 4, "10-14": 5, "65-69": 2, "70+": 1})
    {'0-4': 10, '5-14': 9, '65+': 3}
    """
    by_range = {range_of(code): value for code, value in values.items()}
    found = {}
    for code, first, last in AGE_BANDS:
        if (chosen := tiles(by_range, (first, last))) is not None:
            found[code] = sum(by_range[one] for one in chosen)
    return found
