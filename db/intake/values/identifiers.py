"""Numbers of records, persons, arrivals, facilities and places in one form, and numbers that were damaged.

A spreadsheet shows 101 as 101.0, and a long number as 8.5523E+11. The first is the same number; the digits of
the second are lost.
"""

from __future__ import annotations

import re
from decimal import Decimal

from surveillance.sameness import letters

#: Three zeros are left: where a dot groups thousands, 1.000 is a thousand.
_WHOLE = re.compile(r"([+-]?\d+)[.,](?:0{1,2}|0{4,})")
#: As spreadsheets show a number that is wider than its column or has more than eleven digits.
_SHORTENED = re.compile(r"[+-]?(?:\d(?:[.,]\d+)?E[+-]\d{2,3}|\d[.,]\d+E\d{1,3})|#{2,}")
#: As R and Python write a number: with every digit that it has, up to the largest whole number they hold.
_WRITTEN = re.compile(r"[+-]?\d(?:[.,]\d+)?e[+-]\d{2,3}")
_LARGEST = 2**53


def in_one_form(text: str) -> str | None:
    """A number as it is compared; None where its digits are lost. Any other text stays.

    >>> in_one_form("101.0"), in_one_form("1e+05"), in_one_form("8.5523E+11"), in_one_form("TB-7")
    ('101', '100000', None, 'TB-7')
    """
    folded = text.strip() if text.isascii() else letters(text)
    whole = _WHOLE.fullmatch(folded)
    if whole:
        return whole[1]
    if _SHORTENED.fullmatch(folded):
        return None
    if _WRITTEN.fullmatch(folded):
        value = Decimal(folded.replace(",", "."))
        if abs(value) > _LARGEST:
            return None
        if value == value.to_integral_value():
            return str(int(value))
    return folded


def shown(text: str) -> str:
    """An identifier as it is shown: as it was written, without what a spreadsheet added to a number.

    >>> shown("101.0"), shown("HC 1")
    ('101', 'HC 1')
    """
    form = in_one_form(text)
    return form if form is not None and form.isdigit() and form != letters(text) else text


def is_damaged(text: str) -> bool:
    """Whether a text is a number whose digits are lost.

    >>> is_damaged("8.5523E+11"), is_damaged("1e+05"), is_damaged("")
    (True, False, False)
    """
    if text.isalnum() and text.isascii():
        return False
    return in_one_form(text) is None
