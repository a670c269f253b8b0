"""Reading one day, in every way that clinics write it.

A text of two small numbers, such as `03/04/2025`, can be two days. It is read as neither: the reader gives
both back (:class:`Either`), and the file as a whole decides (see :mod:`db.intake.dates.order`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from db.intake.dates.words import LABELLED, MONTHS, WEEKDAY, WORDS
from db.intake.values.digits import plain
from surveillance.calendar.buddhist_era import AHEAD, Era, from_buddhist

__all__ = [
    "EARLIEST",
    "EARLIEST_BIRTH",
    "EARLIEST_SCANNED",
    "MONTHS",
    "ORDERS",
    "DateOrder",
    "Either",
    "Eras",
    "has_short_year",
    "order_shown",
    "read_day",
    "read_eras",
]  # fmt: skip

#: In which order a file writes day and month as numbers.
DateOrder = Literal["day-first", "month-first"]
ORDERS: tuple[DateOrder, ...] = ("day-first", "month-first")
#: Days before it are taken for mistakes; births have a limit of their own.
EARLIEST = date(1990, 1, 1)
EARLIEST_BIRTH = date(1896, 1, 1)
#: The first day on which a scan of old data may lie.
EARLIEST_SCANNED = date(1500, 1, 1)
#: Years of four digits from 2533 (1990) up to here belong to the Buddhist era; of births and scans from 2439.
_BUDDHIST_UNTIL = 2633
#: Numbers beyond this year are no day numbers. A year that is written out may be any.
_LATEST_SERIAL = date(2090, 12, 31)
#: Two-digit years from here on belong to the last century.
_LAST_CENTURY = 90
#: From here up to those they belong to the Buddhist era, 2550 to 2589: no visit is of 1950 or of 2050.
_SHORT_BUDDHIST = 50
#: Excel counts days from here: the first of March 1900 and later are right.
_EXCEL = date(1899, 12, 30)
_EXCEL_1904 = date(1904, 1, 1)
PHNOM_PENH = timezone(timedelta(hours=7))

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME = (
    r"(?:[t ,]+(\d{1,2})[:.h](\d\d)(?:[:.](\d\d)(?:[.,]\d+)?)?\s?([ap]\.?m\.?)?"
    r"\s?(z|utc|gmt|[+-]\d\d:?\d\d|[+-]\d\d)?)?"
)
_SEPARATOR = r"\s?[-/. ]\s?"
_YEAR_FIRST = re.compile(rf"(\d{{4}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_TIME}")
_NUMBERS = re.compile(rf"(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{4}}|\d\d){_TIME}")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?")
_MONTH = "(" + "|".join(map(re.escape, sorted(MONTHS, key=len, reverse=True))) + r")\.?"
_GAP = r"[\s,./-]*"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{4}|\d\d)"
_DAY_NAMED = re.compile(rf"{_DAY}{_GAP}(?:of )?{_MONTH}{_GAP}{_YEAR}{_TIME}")
_NAMED_FIRST = re.compile(rf"{_MONTH}{_GAP}{_DAY}[\s,./-]+{_YEAR}{_TIME}")
_YEAR_NAMED = re.compile(rf"(\d{{4}}){_GAP}{_MONTH}{_GAP}{_DAY}{_TIME}")
_THAI_LETTER = re.compile("[\u0e01-\u0e4f]")
_WEEKDAY, _WORDS = re.compile(WEEKDAY), re.compile(WORDS)
_LABELLED = re.compile(LABELLED + _TIME)


@dataclass(frozen=True)
class Either:
    """A text that can be two days; None where a Cambodian year has no such day, or has it twice."""

    day_first: date | None
    month_first: date | None

    def by(self, order: DateOrder) -> date | None:
        """The day under one order."""
        return self.day_first if order == "day-first" else self.month_first


@dataclass
class _Reading:
    """How the numbers of a date are understood; `buddhist` says afterwards whether a year was of that era."""

    earliest: date = EARLIEST
    excel_1904: bool = False
    era: Era = "thai"
    today: date | None = None
    #: Whether the text has Thai letters: a short year is then of the Buddhist era.
    thai: bool = False
    buddhist: bool = False

    def day(self, year: str, month: int | str, day: int | str) -> date:
        """The day of the calendar.

        Raises
        ------
        ValueError
            There is no day.
        """
        number, era = self._year(year)
        if not era:
            return date(number, int(month), int(day))
        self.buddhist = True
        return from_buddhist(number, int(month), int(day), self.era, self.today)

    def _year(self, text: str) -> tuple[int, bool]:
        """A year, and whether it is of the Buddhist era."""
        year = int(text)
        births = EARLIEST_SCANNED < self.earliest < EARLIEST
        if len(text) == 2:
            if self.thai or (not births and _SHORT_BUDDHIST <= year < _LAST_CENTURY):
                return year + 2500, True
            return year + (1900 if year >= _LAST_CENTURY or (births and year > 30) else 2000), False
        lowest = max(self.earliest, EARLIEST_BIRTH).year
        return year, lowest + AHEAD <= year <= _BUDDHIST_UNTIL


def read_day(
    text: str,
    *,
    earliest: date = EARLIEST,
    excel_1904: bool = False,
    era: Era = "thai",
    today: date | None = None,
) -> date | Either:
    """Read a day, with or without a time.

    A time with its zone names a moment: the day is the one it was in Phnom Penh. Years of the Buddhist era
    (2533 to 2633), digits in Khmer, Thai and Lao, names of months in English, Khmer, Thai and Lao, and day
    numbers of Excel are read.

    Parameters
    ----------
    earliest : date
        Days before it are refused. `EARLIEST_BIRTH` also lets two-digit years be of the last century.
    excel_1904 : bool
        Day numbers count from 1904.
    era : Era
        The reckoning of years of the Buddhist era.
    today : date, optional
        Settles the days that a Cambodian year has twice
        (:func:`surveillance.calendar.buddhist_era.from_buddhist`).

    Raises
    ------
    ValueError
        Not a day of the calendar, or not within the years that can be meant.

    >>> read_day("៤ មីនា ២៥៦៨"), read_day("4-Mar-25 10:30"), read_day("45720")
    (datetime.date(2025, 3, 4), datetime.date(2025, 3, 4), datetime.date(2025, 3, 4))
    """
    return _read(text, _Reading(earliest, excel_1904, era, today))


@dataclass(frozen=True)
class Eras:
    """What a date of the Buddhist era is by each reckoning; None where it is no day by that one."""

    thai: date | Either | None
    cambodian: date | Either | None

    def by(self, era: Era) -> date | Either | None:
        """The day by one reckoning."""
        return self.thai if era == "thai" else self.cambodian


def read_eras(
    text: str, *, earliest: date = EARLIEST, excel_1904: bool = False, today: date | None = None
) -> date | Either | Eras:
    """Read a day as :func:`read_day` does; where the two reckonings give different days, give both.

    Raises
    ------
    ValueError
        No day by either.

    >>> read_eras("2568-03-04"), read_eras("2568-06-10").cambodian
    (datetime.date(2025, 3, 4), datetime.date(2024, 6, 10))
    """
    how = _Reading(earliest, excel_1904, "thai", today)
    try:
        thai: date | Either | None = _read(text, how)
    except ValueError:
        thai = None
    if not how.buddhist:
        if thai is None:
            raise ValueError(text)
        return thai
    try:
        cambodian: date | Either | None = _read(text, _Reading(earliest, excel_1904, "cambodian", today))
    except ValueError:
        cambodian = None
    if thai is None and cambodian is None:
        raise ValueError(text)
    return thai if thai == cambodian and thai is not None else Eras(thai, cambodian)


def _read(text: str, how: _Reading) -> date | Either:
    iso = _ISO.fullmatch(text) if text.isascii() else None
    if iso:
        return _within(how.day(iso[1], iso[2], iso[3]), how.earliest)
    folded = plain(text)
    how.thai = not folded.isascii() and _THAI_LETTER.search(folded) is not None
    found = _numeric(folded, how)
    if found is None:
        found = _named(folded, how)
    if found is None:
        raise ValueError(text)
    if isinstance(found, Either):
        days = [day for day in (found.day_first, found.month_first) if day is not None]
        if min(days) >= how.earliest:
            return found
        found = max(days)
    return _within(found, how.earliest)


def order_shown(text: str) -> DateOrder | None:
    """The order that a text proves: one of its first two numbers is above 12, the other is a month.

    >>> order_shown("25/3/2025"), order_shown("3/25/2025"), order_shown("3/4/2025")
    ('day-first', 'month-first', None)
    """
    folded = plain(text)
    match = _NUMBERS.fullmatch(_without_words(folded))
    if not match or _LABELLED.fullmatch(_WEEKDAY.sub("", folded)):
        return None
    first, second = int(match[1]), int(match[2])
    if first > 12 >= second:
        return "day-first"
    return "month-first" if second > 12 >= first else None


def has_short_year(text: str) -> bool:
    """Whether a text is three numbers, the last a year of two digits: of a year that stands first, it is not.

    >>> has_short_year("25/03/04"), has_short_year("25/03/2004")
    (True, False)
    """
    match = _NUMBERS.fullmatch(_without_words(plain(text)))
    return match is not None and len(match[3]) == 2


def _without_words(folded: str) -> str:
    return " ".join(_WORDS.sub(" ", _WEEKDAY.sub("", folded)).split())


def _numeric(folded: str, how: _Reading) -> date | Either | None:
    match = _YEAR_FIRST.fullmatch(folded)
    if match:
        return _at(how.day(match[1], match[2], match[3]), match, 4)
    serial = _SERIAL.fullmatch(folded)
    if serial:
        day = (_EXCEL_1904 if how.excel_1904 else _EXCEL) + timedelta(days=int(serial[1]))
        return day if day <= _LATEST_SERIAL else None
    compact = _COMPACT.fullmatch(folded)
    if compact:
        return how.day(compact[1], compact[2], compact[3])
    match = _LABELLED.fullmatch(_WEEKDAY.sub("", folded))
    if match:
        return _at(how.day(match[3], match[2], match[1]), match, 4)
    match = _NUMBERS.fullmatch(_without_words(folded))
    return _of_numbers(match, how) if match else None


def _of_numbers(match: re.Match[str], how: _Reading) -> date | Either:
    year, first, second = match[3], int(match[1]), int(match[2])
    if second > 12:
        return _at(how.day(year, first, second), match, 4)
    if first > 12 or first == second:
        return _at(how.day(year, second, first), match, 4)
    days = [_or_none(how, year, second, first), _or_none(how, year, first, second)]
    if not any(days):
        raise ValueError(match.string)
    return Either(*(day and _at(day, match, 4) for day in days))


def _or_none(how: _Reading, year: str, month: int, day: int) -> date | None:
    try:
        return how.day(year, month, day)
    except ValueError:
        return None


def _named(folded: str, how: _Reading) -> date | None:
    folded = _without_words(folded)
    match = _DAY_NAMED.fullmatch(folded)
    if match:
        return _at(how.day(match[3], MONTHS[match[2]], match[1]), match, 4)
    match = _NAMED_FIRST.fullmatch(folded)
    if match:
        return _at(how.day(match[3], MONTHS[match[1]], match[2]), match, 4)
    match = _YEAR_NAMED.fullmatch(folded)
    if match:
        return _at(how.day(match[1], MONTHS[match[2]], match[3]), match, 4)
    return None


def _at(day: date, match: re.Match[str], group: int) -> date:
    """The day in Phnom Penh, where a time with its zone stands after the day."""
    hour, minute, second, half, zone = match.group(*range(group, group + 5))
    if hour is None:
        return day
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(match.string)
        hours = hours % 12 + (12 if half[0] == "p" else 0)
    moment = datetime(day.year, day.month, day.day, hours, int(minute), int(second or 0))  # noqa: DTZ001
    if zone is None:
        return day
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "") if zone[0] in "+-" else "0000"
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return moment.replace(tzinfo=timezone(sign * offset)).astimezone(PHNOM_PENH).date()


def _within(day: date, earliest: date) -> date:
    if day < earliest:
        raise ValueError(day.isoformat())
    return day
