"""Days that stand for no date: what programmes write where a day is missing, and they read back as one."""

from __future__ import annotations

import re
from datetime import date
from itertools import permutations

from db.intake.values.digits import plain
from surveillance.calendar.buddhist_era import AHEAD

#: Beginnings and ends of the calendars of databases and spreadsheets, and what people type in their place.
#: 1 January 1970, where Unix begins, is no placeholder: it is the birthday of many whose year alone
#: is known, and other days of before 1990 are not read anyway.
PLACEHOLDERS = frozenset(
    (
        date(1, 1, 1), date(1753, 1, 1), date(1800, 1, 1), date(1899, 12, 30), date(1899, 12, 31),
        date(1900, 1, 1), date(1901, 1, 1), date(1904, 1, 1), date(2099, 12, 31), date(2100, 1, 1),
        date(2999, 12, 31), date(9999, 1, 1), date(9999, 9, 9), date(9999, 12, 30), date(9999, 12, 31),
    )
)  # fmt: skip
#: Years that are placeholders by themselves, as years of birth.
PLACEHOLDER_YEARS = frozenset((1, 1753, 1800, 1899, 1900, 2099, 9999))
#: Day numbers of spreadsheets for the last two days that they know, in 9999.
_LAST_NUMBERS = frozenset(("2958464", "2958465"))
_NUMBERS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[t ,].*)?|(\d{4})(\d\d)(\d\d)")


def stands_for_no_day(text: str) -> bool:
    """Whether a text is a placeholder, also one that is no day of the calendar.

    >>> stands_for_no_day("0000-00-00"), stands_for_no_day("31/12/9999"), stands_for_no_day("1991-01-01")
    (True, True, False)
    >>> stands_for_no_day("2958465"), stands_for_no_day("29584")
    (True, False)
    >>> stands_for_no_day("2443-01-01"), stands_for_no_day("៣១/១២/២៤៤៣"), stands_for_no_day("2534-01-01")
    (True, True, False)
    """
    folded = plain(text)
    if folded.removesuffix(".0") in _LAST_NUMBERS:
        return True
    match = _NUMBERS.fullmatch(folded)
    if not match:
        return False
    numbers = tuple(int(part) for part in match.groups() if part is not None)
    if 0 in numbers:  # 00/00/0000; and 1900-01-00, which is day number 0 of a spreadsheet
        return all(number in (0, 1, 1900) for number in numbers)
    return any(_stands_for_none(*order) for order in permutations(numbers))


def _stands_for_none(year: int, month: int, day: int) -> bool:
    """Whether numbers are a placeholder, of this era or of either reckoning of the Buddhist one."""
    eras = (0, AHEAD, AHEAD + 1) if month > 5 else (0, AHEAD)
    return any(_day(year - ahead, month, day) in PLACEHOLDERS for ahead in eras)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
