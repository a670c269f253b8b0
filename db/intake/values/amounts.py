"""Reading amounts and codes that indicators need: a viral load, an activity in per cent, a village."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from db.intake.values.digits import plain
from surveillance.vocabulary import UNKNOWN

#: What a laboratory writes where it found no virus.
_NO_VIRUS = frozenset(
    ("undetectable", "undetected", "not detected", "target not detected", "tnd", "nd", "ldl", "រកមិនឃើញ")
)
_NUMBER = re.compile(r"(?P<below><|≤|<=)? ?(?P<number>\d{1,3}(?:[ ,]\d{3})+|\d+)(?:[.,](?P<part>\d{1,2}))?")
#: Copies that a machine counts to at most, and more than any body holds of G6PD.
_MOST_COPIES, _MOST_PER_CENT = 100_000_000, 300
_VILLAGE = re.compile(r"(?:kh)?(\d{7,8})")


def viral_load(text: str) -> int | None:
    """Copies in a millilitre. Below a limit is one copy less than it.

    >>> viral_load("< 40"), viral_load("12,500 copies/ml"), viral_load("TND")
    (39, 12500, 0)
    """
    folded = plain(text)
    if folded == UNKNOWN:
        return None
    if folded in _NO_VIRUS:
        return 0
    match = _NUMBER.fullmatch(re.sub(r" ?(?:copies|cp|c)(?: ?/ ?ml)?$", "", folded))
    if match is None:
        raise ValueError(text)
    number = int(re.sub(r"[ ,]", "", match["number"]))
    if match["below"] == "<":
        number -= 1
    if not 0 <= number <= _MOST_COPIES:
        raise ValueError(text)
    return number


def per_cent(text: str) -> int | None:
    """An activity in whole per cent of the normal one; a part of one is cut off, as of an age.

    >>> per_cent("72.5 %"), per_cent("៣០")
    (72, 30)
    """
    folded = plain(text)
    if folded == UNKNOWN:
        return None
    match = _NUMBER.fullmatch(folded.removesuffix("%").strip())
    if match is None or match["below"] or int(re.sub(r"[ ,]", "", match["number"])) > _MOST_PER_CENT:
        raise ValueError(text)
    return int(match["number"])


def village(text: str) -> str | None:
    """A village by its eight digits; a spreadsheet may have taken the first, a zero.

    >>> village("KH02110307"), village("2110307")
    ('02110307', '02110307')
    """
    folded = plain(text)
    if folded == UNKNOWN:
        return None
    match = _VILLAGE.fullmatch(folded.removesuffix(".0"))
    if match is None:
        raise ValueError(text)
    return match[1].zfill(8)


#: Field -> how it is read; what cannot be read is blank, with a notice.
AMOUNTS: dict[str, Callable[[str], Any]] = {
    "focus": village,
    "g6pd_activity": per_cent,
    "viral_load": viral_load,
}
