"""Numbers in a person's own files for a scan: digits of any script, and thousands that are set apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from db.intake.digits import plain

#: Columns of numbers in the files of a scan.
NUMBERS = frozenset(("count", "tested", "population", "latitude", "longitude", "x", "y"))
_APART = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})*") for sign in (",", " ", "'")}
#: A point may be that of a fraction: only a number with two of them shows that it parts thousands.
_POINTS = re.compile(r"\d{1,3}(?:\.\d{3})*")
_TWO_POINTS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")


def read_numbers(name: str, texts: Sequence[str | None]) -> list[str | None]:
    """A column of numbers as plain texts; what is no number stays as it is, for the engine to refuse.

    Thousands that are set apart are read in a column of people only, and only where every number of the
    column is written so.

    >>> read_numbers("population", ["1,250", "980"]), read_numbers("count", ["១២"])
    (['1250', '980'], ['12'])
    """
    folded = [text if text is None or text.isascii() else plain(text) for text in texts]
    if name != "population":
        return folded
    given = [text for text in folded if text is not None]
    for sign, form in _APART.items():
        if any(sign in text for text in given) and all(map(form.fullmatch, given)):
            return [text and text.replace(sign, "") for text in folded]
    if any(map(_TWO_POINTS.fullmatch, given)) and all(map(_POINTS.fullmatch, given)):
        return [text and text.replace(".", "") for text in folded]
    return folded
