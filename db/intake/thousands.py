"""Whole numbers written with a separator between thousands, where every value of a column is written so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from db.intake.digits import plain

#: Commas, points, apostrophes, and the spaces that spreadsheets write (narrow and unbroken ones, too).
_SEPARATED = re.compile(r"\d{1,3}(?:(?P<separator>[,.'’ \u00a0\u2009\u202f])\d{3})(?:(?P=separator)\d{3})*")
_SMALL = re.compile(r"\d{1,3}")


def without_separators(texts: Sequence[str | None]) -> list[str | None]:
    """The texts with plain digits, separators taken out where they part thousands all through the column.

    A column is written so where every value of 1,000 or more has the same separator in the right places. With
    a point one value must have two of them, since 1.234 is also a number with decimals. Otherwise nothing is
    taken out, and what is no number stays for the reader to refuse.

    >>> without_separators(["12,345", "950", "1,234,567"]), without_separators(["12,345", "1234"])
    (['12345', '950', '1234567'], ['12,345', '1234'])
    >>> without_separators(["1.234"]), without_separators(["1.234.567", "1.234"])
    (['1.234'], ['1234567', '1234'])
    """
    folded = [None if text is None else plain(text) for text in texts]
    found: set[str] = set()
    twice = False
    for text in folded:
        if not text or _SMALL.fullmatch(text):
            continue
        match = _SEPARATED.fullmatch(text)
        if match is None:
            return list(texts)
        found.add(match["separator"])
        twice = twice or text.count(match["separator"]) > 1
    if len(found) != 1 or (found == {"."} and not twice):
        return list(texts)
    return [None if text is None else text.replace(next(iter(found)), "") for text in folded]
