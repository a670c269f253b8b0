"""Which windows say whether care gets better or worse: the shortest in which enough people are counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from surveillance.coverage.trend_steps import ENOUGH
from surveillance.windows import add_months, last_quarters

#: Quarters of a window that is compared with the same quarters of the year before.
SHORT, LONG = 1, 4
#: People that one quarter needs. Of 100 the Wilson 95% interval is at most 20 points wide.
SURE = 100
_MONTHS_OF_YEAR = 12


def usual_length(people: Mapping[date, int | None], last: date) -> int | None:
    """Choose how many of the last whole quarters are compared with the same ones of the year before.

    Parameters
    ----------
    people : mapping of date to int
        First day of a quarter -> people counted in it; None where that is not told. A quarter that is missing
        has nobody.
    last : date
        Last day of the data.

    Returns
    -------
    int or None
        One quarter where both windows of one have at least 100 people, else four quarters where both of four
        have at least 30; None where there are too few to tell, or where it is not told how many.

    Notes
    -----
    Of 30 people the Wilson 95% interval of a share is up to 34 points wide: fewer say next to nothing.

    Examples
    --------
    >>> quarters = {date(2025, 4, 1): 12, date(2026, 1, 1): 40, date(2026, 4, 1): 120}
    >>> usual_length(quarters, date(2026, 6, 30)) is None
    True
    >>> usual_length(quarters | {date(2025, 4, 1): 100}, date(2026, 6, 30))
    1
    >>> usual_length(quarters | {date(2024, 7, 1): 30}, date(2026, 6, 30))
    4
    """
    for length, enough in ((SHORT, SURE), (LONG, ENOUGH)):
        window = last_quarters(last, length)
        starts = [add_months(window.first, 3 * number) for number in range(length)]
        sides = (starts, [add_months(start, -_MONTHS_OF_YEAR) for start in starts])
        counts = [[people.get(start, 0) for start in side] for side in sides]
        told = [[count for count in side if count is not None] for side in counts]
        if all(len(known) == length and sum(known) >= enough for known in told):
            return length
    return None
