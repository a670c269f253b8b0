"""Columns that count the rows of a file: the same numbers stand in every other file, for other people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from db.intake.mappings.personal_columns import bare
from db.intake.values.identifiers import in_one_form

#: Names of such columns: English, Khmer, Thai, Lao and Vietnamese, and what software calls them.
_NAMES = frozenset(map(bare, (
    "no", "no.", "n°", "nº", "№", "#", "nr", "num", "number", "s no", "sl no", "sr no", "s/n", "sn", "serial",
    "serial no", "serial number", "sequence", "seq", "row", "row no", "row number", "rownum", "line",
    "line no", "line number", "index", "item no", "unnamed: 0", "ល.រ", "លរ", "ល.រ.", "លេខរៀង", "លំដាប់",
    "លេខរៀងលំដាប់",
    "លេខលំដាប់", "ลำดับ", "ลำดับที่", "ที่", "ລຳດັບ", "ລ/ດ", "stt",
)))  # fmt: skip
#: Rows from which a run of numbers is one, and how many numbers may be missing.
_FEWEST, _GAPS = 2, 2


def is_counter_name(name: str) -> bool:
    """Whether a column is named as one that counts rows.

    >>> is_counter_name("No."), is_counter_name("N°"), is_counter_name("Case no")
    (True, True, False)
    """
    folded = bare(name)
    return folded in _NAMES or (not folded and any(sign in name for sign in "#№"))


def counts_rows(name: str, values: Sequence[str]) -> bool:
    """Whether a column counts the rows of its file.

    Parameters
    ----------
    name : str
        Its name. A name as `No` says so, unless the values are more than numbers.
    values : sequence of str
        Its values in the order of the rows, without blanks: 1, 2, 3 and so on say so under any name, and so
        do 4, 3, 2, 1 and a later page with 11, 12, 13.
    """
    numbers = [in_one_form(value) or "" for value in values]
    whole = [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 19]
    if is_counter_name(name):
        return 2 * len(whole) >= len(values)
    return (
        len(values) >= _FEWEST
        and len(whole) == len(values)
        and (_runs(whole) or _runs(whole[::-1]) or _by_ones(whole))
    )


def _runs(numbers: Sequence[int]) -> bool:
    """Whether numbers run from 0 or 1 upward, perhaps with gaps, perhaps anew on each page."""
    if numbers[0] not in (0, 1):
        return False
    pairs = list(pairwise(numbers))
    forward = all(now > before or now in (0, 1) for before, now in pairs)
    mostly = 2 * sum(now > before for before, now in pairs) > len(pairs)  # else they are answers, 0 and 1
    return forward and mostly and max(numbers) <= _GAPS * len(numbers)


def _by_ones(numbers: Sequence[int]) -> bool:
    """Whether each number is one more than the one before, or each one less, from any start."""
    return {now - before for before, now in pairwise(numbers)} in ({1}, {-1})
