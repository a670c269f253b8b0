"""Reading one day, in every way that clinics write it.

A text of two small numbers, such as `03/04/2025`, can be two days. It is read as neither: the reader gives
both back (:class:`Either`), and the file as a whole decides (see :mod:`db.intake.date_order`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from db.intake.digits import plain
from surveillance.sameness import letters

#: In which order a file writes day and month as numbers.
DateOrder = Literal["day-first", "month-first"]
ORDERS: tuple[DateOrder, ...] = ("day-first", "month-first")
#: Days before it are taken for mistakes; births have a limit of their own.
EARLIEST = date(1990, 1, 1)
EARLIEST_BIRTH = date(1896, 1, 1)
#: Buddhist-era years run 543 ahead; 2533 is 1990. No year of ours is in that range.
_BUDDHIST = 543
_BUDDHIST_UNTIL = 2633
#: Numbers beyond this year are no day numbers. A year that is written out may be any.
_LATEST_SERIAL = date(2090, 12, 31)
#: Two-digit years from here on are of the last century.
_LAST_CENTURY = 90
#: From here up to those they are of the Buddhist era, 2550 to 2589: no visit is of 1950 or of 2050.
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
_MONTHS_EN = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTHS_KM = (
    "មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ",
)  # fmt: skip
_SPELLED: dict[str, int] = {
    spelling: number
    for number, (english, khmer) in enumerate(zip(_MONTHS_EN, _MONTHS_KM, strict=True), start=1)
    for spelling in (english, english[:3], khmer)
} | {"sept": 9, "កុម្ភះ": 2, "កុម្ភ": 2, "មិនា": 3, "ឩសភា": 5}
#: Every spelling of a month, in the form in which texts are compared -> its number.
MONTHS: dict[str, int] = {letters(spelling): number for spelling, number in _SPELLED.items()}
_MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_GAP = r"[\s,./-]*"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{4}|\d\d)"
_DAY_NAMED = re.compile(rf"{_DAY}{_GAP}(?:of )?{_MONTH}{_GAP}{_YEAR}{_TIME}")
_NAMED_FIRST = re.compile(rf"{_MONTH}{_GAP}{_DAY}[\s,./-]+{_YEAR}{_TIME}")
_YEAR_NAMED = re.compile(rf"(\d{{4}}){_GAP}{_MONTH}{_GAP}{_DAY}{_TIME}")
#: Names of weekdays before the day, and the words for day, month and year: they add nothing.
_WEEKDAYS_KM = ("ច័ន្ទ", "ចន្ទ", "អង្គារ", "ពុធ", "ព្រហស្បតិ៍", "ព្រហស្បត្តិ៍", "សុក្រ", "សៅរ៍", "អាទិត្យ")
_WEEKDAY = re.compile(
    r"^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?|(?:ថ្ងៃ)?(?:"
    + "|".join(map(letters, _WEEKDAYS_KM))
    + r"))[\s,]*"
)
_WORDS = re.compile(r"ថ្ងៃទី|ថ្ងៃ|ទី|ខែ|ឆ្នាំ|ព\.ស\.?|គ\.ស\.?|\b(?:b\.?e\.?|a\.?d\.?|c\.?e\.?)(?=\s|$)")


#: Day and month by number, each with its Khmer word.
_LABELLED = re.compile(
    r"(?:ថ្ងៃទី|ថ្ងៃ|ទី)\s*(\d{1,2})[\s,]*ខែ(?:ទី)?\s*(\d{1,2})[\s,]*ឆ្នាំ\s*(\d{4}|\d\d)" + _TIME
)


@dataclass(frozen=True)
class Either:
    """A text that can be two days."""

    day_first: date
    month_first: date

    def by(self, order: DateOrder) -> date:
        """The day under one order."""
        return self.day_first if order == "day-first" else self.month_first


def read_day(text: str, *, earliest: date = EARLIEST, excel_1904: bool = False) -> date | Either:
    """Read a day, with or without a time.

    A time with its zone names a moment: the day is the one it was in Phnom Penh. Buddhist-era years (2533 to
    2633), Khmer and Thai digits, English and Khmer names of months, and Excel's day numbers are read.

    Parameters
    ----------
    earliest : date
        Days before it are refused. `EARLIEST_BIRTH` also lets two-digit years be of the last century.
    excel_1904 : bool
        Day numbers count from 1904.

    Raises
    ------
    ValueError
        Not a day of the calendar, or not within the years that can be meant.

    >>> read_day("៤ មីនា ២៥៦៨"), read_day("4-Mar-25 10:30"), read_day("45720")
    (datetime.date(2025, 3, 4), datetime.date(2025, 3, 4), datetime.date(2025, 3, 4))
    """
    iso = _ISO.fullmatch(text) if text.isascii() else None
    if iso:
        return _within(_day(iso[1], iso[2], iso[3]), earliest)
    folded = plain(text)
    found = _numeric(folded, earliest, excel_1904)
    if found is None:
        found = _named(folded, births=earliest < EARLIEST)
    if found is None:
        raise ValueError(text)
    if isinstance(found, Either):
        if min(found.day_first, found.month_first) >= earliest:
            return found
        found = max(found.day_first, found.month_first)
    return _within(found, earliest)


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


def _numeric(folded: str, earliest: date, excel_1904: bool) -> date | Either | None:
    match = _YEAR_FIRST.fullmatch(folded)
    if match:
        return _at(_day(match[1], match[2], match[3]), match, 4)
    serial = _SERIAL.fullmatch(folded)
    if serial:
        day = (_EXCEL_1904 if excel_1904 else _EXCEL) + timedelta(days=int(serial[1]))
        return day if day <= _LATEST_SERIAL else None
    compact = _COMPACT.fullmatch(folded)
    if compact:
        return _day(compact[1], compact[2], compact[3])
    match = _LABELLED.fullmatch(_WEEKDAY.sub("", folded))
    if match:
        return _at(date(_year(match[3], births=earliest < EARLIEST), int(match[2]), int(match[1])), match, 4)
    match = _NUMBERS.fullmatch(_without_words(folded))
    return _of_numbers(match, births=earliest < EARLIEST) if match else None


def _of_numbers(match: re.Match[str], *, births: bool) -> date | Either:
    year = _year(match[3], births=births)
    first, second = int(match[1]), int(match[2])
    if second > 12:
        return _at(date(year, first, second), match, 4)
    if first > 12 or first == second:
        return _at(date(year, second, first), match, 4)
    return Either(_at(date(year, second, first), match, 4), _at(date(year, first, second), match, 4))


def _named(folded: str, *, births: bool) -> date | None:
    folded = _without_words(folded)
    match = _DAY_NAMED.fullmatch(folded)
    if match:
        return _at(date(_year(match[3], births=births), MONTHS[match[2]], int(match[1])), match, 4)
    match = _NAMED_FIRST.fullmatch(folded)
    if match:
        return _at(date(_year(match[3], births=births), MONTHS[match[1]], int(match[2])), match, 4)
    match = _YEAR_NAMED.fullmatch(folded)
    if match:
        return _at(date(_year(match[1], births=births), MONTHS[match[2]], int(match[3])), match, 4)
    return None


def _day(year: str, month: str, day: str) -> date:
    return date(_year(year), int(month), int(day))


def _year(text: str, *, births: bool = False) -> int:
    year = int(text)
    if len(text) == 2:
        if not births and _SHORT_BUDDHIST <= year < _LAST_CENTURY:
            return year + 2500 - _BUDDHIST
        return year + (1900 if year >= _LAST_CENTURY or (births and year > 30) else 2000)
    lowest = EARLIEST_BIRTH.year if births else EARLIEST.year
    return year - _BUDDHIST if lowest + _BUDDHIST <= year <= _BUDDHIST_UNTIL else year


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
