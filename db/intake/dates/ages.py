"""Reading an age, and computing one from what is written in its place."""

from __future__ import annotations

import re
from datetime import date

from db.intake.dates.parse import EARLIEST_BIRTH
from db.intake.dates.placeholders import PLACEHOLDER_YEARS, stands_for_no_day
from db.intake.values.digits import plain
from surveillance.calendar.buddhist_era import Era
from surveillance.sameness import letters

OLDEST = 130
#: What programmes write where an age is not known, in any unit.
_NO_AGE = 999
_BUDDHIST = 543
_UNITS = {
    "years": r"years? old|years?|yrs?|yo|y/o|y|ans?|ឆ្នាំ",
    "months": r"months?|mths?|mos?|m|ខែ",
    "weeks": "weeks?|wks?|w|" + letters("សប្តាហ៍") + "|" + letters("អាទិត្យ"),
    "days": r"days?|d|ថ្ងៃ",
}
_NUMBER = r"(\d{1,3}(?:[.,]\d+)?)"
_PLAIN = re.compile(_NUMBER)
_PARTS = re.compile(
    r"(?:អាយុ\s?)?"
    + r"[\s,+]*".join(rf"(?:{_NUMBER}\s?(?:{words})\.?)?" for words in _UNITS.values())
    + r"(?:\s?(?:old|and)?)?"
)
_LESS_THAN_ONE = re.compile(rf"<\s?1\s?(?:{_UNITS['years']})?")
#: Share of a year that one of each unit is.
_YEARS_OF = {"years": 1.0, "months": 1 / 12, "weeks": 7 / 365.25, "days": 1 / 365.25}


def parse_age(text: str) -> int:
    """Read an age in completed years, 0 to 130: a number of years, or years, months, weeks and days by name.

    Raises
    ------
    ValueError
        Not an age in that range.

    >>> parse_age("៣៤ ឆ្នាំ"), parse_age("18 months"), parse_age("2y 3m")
    (34, 1, 2)
    """
    folded = plain(text)
    if _PLAIN.fullmatch(folded):
        return _completed(_number(folded))
    if _LESS_THAN_ONE.fullmatch(folded):
        return 0
    match = _PARTS.fullmatch(folded)
    if not match or not any(match.groups()):
        raise ValueError(text)
    if any(n and _number(n) == _NO_AGE for n in match.groups()):
        raise ValueError(text)
    parts = zip(_UNITS, match.groups(), strict=True)
    return _completed(sum(_number(n) * _YEARS_OF[unit] for unit, n in parts if n))


def is_number(text: str) -> bool:
    """Whether an age is written as a number alone, without its unit.

    >>> is_number("១៨"), is_number("18 months"), is_number("")
    (True, False, False)
    """
    return bool(_PLAIN.fullmatch(plain(text)))


def parse_months(text: str) -> int:
    """Completed years of an age that is written in months, where no unit says otherwise.

    Raises
    ------
    ValueError
        Not an age.

    >>> parse_months("30"), parse_months("2 years")
    (2, 2)
    """
    folded = plain(text)
    if not re.fullmatch(r"\d{1,4}(?:[.,]\d+)?", folded):
        return parse_age(text)
    months = _number(folded)
    if months == _NO_AGE:
        raise ValueError(text)
    return _completed(months / 12)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def parse_birth_year(text: str) -> int:
    """Read a year of birth, of this era or the Buddhist one (543 ahead: the year alone tells no reckoning).

    Raises
    ------
    ValueError
        Not a birth year of a living person.

    >>> parse_birth_year("១៩៩១"), parse_birth_year("2534")
    (1991, 1991)
    """
    match = re.fullmatch(r"(\d{4})(?:[.,]0+)?", plain(text))
    year = int(match[1]) if match else 0
    if year >= EARLIEST_BIRTH.year + _BUDDHIST:
        year -= _BUDDHIST
    if year in PLACEHOLDER_YEARS or not EARLIEST_BIRTH.year <= year <= 2100:
        raise ValueError(text)
    return year


_MONTH_ALONE = re.compile(r"(\d{4})[-/](\d{1,2})")


def year_alone(text: str) -> int | None:
    """The year where a birth is a year and nothing else; None otherwise.

    >>> year_alone("២៥៣០"), year_alone("1987-05-01"), year_alone("1900")
    (1987, None, None)
    """
    if len(text.strip()) != 4:
        return None
    try:
        return parse_birth_year(text)
    except ValueError:
        return None


def with_day(text: str, era: Era | None = None) -> str:
    """A month of birth that stands alone with its 15th day; any other text as it is.

    The month of a placeholder stays one. A year of the Buddhist era is 543 ahead, as where a year stands
    alone, unless the Cambodian reckoning is declared.

    >>> with_day("2530-5"), with_day("2530-06", "cambodian"), with_day("2530-05-03")
    ('1987-05-15', '2530-06-15', '2530-05-03')
    >>> with_day("1900-01"), with_day("1899-12")
    ('1900-01-01', '1899-12-30')
    """
    match = _MONTH_ALONE.fullmatch(plain(text)) if 6 <= len(text.strip()) <= 7 else None
    if match is None:
        return text
    year, month = int(match[1]), int(match[2])
    for day in (1, 30, 31):
        whole = f"{year:04}-{month:02}-{day:02}"
        if stands_for_no_day(whole):
            return whole
    is_thai = era != "cambodian" and year >= EARLIEST_BIRTH.year + _BUDDHIST
    return f"{year - _BUDDHIST if is_thai else year}-{month:02}-15"


def age_of(visit: date, born: date | int) -> int:
    """Age of a birth that is known to the day, or to the year alone.

    Raises
    ------
    ValueError
        Born after the visit, or more than 130 years before it.
    """
    return age_in_year(visit, born) if isinstance(born, int) else age_on(visit, born)


def age_on(visit: date, born: date) -> int:
    """Completed years between a birth and a visit.

    Raises
    ------
    ValueError
        Born after the visit, or more than 130 years before it.

    >>> age_on(date(2025, 3, 4), date(1991, 3, 5))
    33
    """
    return _in_range(visit.year - born.year - ((visit.month, visit.day) < (born.month, born.day)))


def age_in_year(visit: date, year: int) -> int:
    """Age reached in the year of the visit: up to one more than completed years, where only a year is known.

    Raises
    ------
    ValueError
        Born after the visit, or more than 130 years before it.
    """
    return _in_range(visit.year - year)


def _completed(years: float) -> int:
    return _in_range(int(years + 1e-9))


def _in_range(years: int) -> int:
    if not 0 <= years <= OLDEST:
        raise ValueError(str(years))
    return years
