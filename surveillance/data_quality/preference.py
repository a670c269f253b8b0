"""Digit preference: whether ages end in 0 and 5, or in any digit, more often than ages do."""

from __future__ import annotations

from collections.abc import Mapping

#: Ages of Whipple's index, both included, and of Myers' blended index.
WHIPPLE_AGES = (23, 62)
MYERS_AGES = (10, 89)
#: From this value on Whipple's index is called rough (United Nations: 125 to 174.9), and very rough (175).
ROUGH, VERY_ROUGH = 125.0, 175.0
#: Of fewer people of these ages no index is told.
FEWEST = 100


def whipple(people: Mapping[int, int]) -> float | None:
    """Whipple's index: people of 25, 30 ... 60 years, as a percentage of a fifth of those of 23 to 62.

    Parameters
    ----------
    people : mapping of int to int
        Age in whole years -> people.

    Returns
    -------
    float or None
        100: no preference for 0 and 5; 500: every age ends in 0 or 5. None without anybody of these ages.

    References
    ----------
    Whipple GC (1919). Vital Statistics: An Introduction to the Science of Demography. New York: Wiley.
    United Nations (1990). 1988 Demographic Yearbook, technical notes, p. 19: below 105 highly accurate, 105
    to 109.9 fairly accurate, 110 to 124.9 approximate, 125 to 174.9 rough, 175 and more very rough.

    Examples
    --------
    >>> whipple(dict.fromkeys(range(23, 63), 10)), whipple({25: 1, 30: 2, 35: 1})
    (100.0, 500.0)
    """
    first, last = WHIPPLE_AGES
    of_ages = {age: count for age, count in people.items() if first <= age <= last}
    everybody = sum(of_ages.values())
    if not everybody:
        return None
    return 500.0 * sum(count for age, count in of_ages.items() if age % 5 == 0) / everybody


def myers(people: Mapping[int, int]) -> float | None:
    """Myers' blended index: half the sum of how far the share of each digit lies from a tenth, in per cent.

    Parameters
    ----------
    people : mapping of int to int
        Age in whole years -> people; of those from 10 to 89.

    Returns
    -------
    float or None
        0: no preference; 90: all ages end in one digit. None without anybody of these ages.

    References
    ----------
    Myers RJ (1940). Errors and bias in the reporting of ages in census data. Transactions of the Actuarial
    Society of America 41: 395-415. As given by Siegel JS, Swanson DA (2004), The Methods and Materials of
    Demography, 2nd ed.: digits of ages 10 to 79 are weighted 1 to 10, those of ages 20 to 89 9 to 0.

    Examples
    --------
    >>> round(myers(dict.fromkeys(range(10, 90), 5)), 6), myers({20: 3, 30: 4, 40: 5})
    (0.0, 90.0)
    """
    first, last = MYERS_AGES
    low, high = [0] * 10, [0] * 10
    for age, count in people.items():
        if first <= age < last - 9:
            low[age % 10] += count
        if first + 10 <= age <= last:
            high[age % 10] += count
    blended = [(digit + 1) * low[digit] + (9 - digit) * high[digit] for digit in range(10)]
    total = sum(blended)
    if not total:
        return None
    return sum(abs(100 * part / total - 10) for part in blended) / 2
