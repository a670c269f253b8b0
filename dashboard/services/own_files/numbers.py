"""Numbers in a person's own files for a scan: digits of any script, and thousands that are set apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dashboard.services.own_files.days import named_rows
from db.intake.values.codes import visible
from db.intake.values.digits import plain
from surveillance.errors import StatisticsError

#: Columns of numbers in the files of a scan.
NUMBERS = frozenset(
    (
        "count",
        "tested",
        "population",
        "latitude",
        "longitude",
        "x",
        "y",
        "people",
        "distance",
        "relative_risk",
    )
)
#: Columns of whole people: three places behind a point are thousands, or a format that hides which.
_PEOPLE = frozenset(("count", "tested", "population", "people"))
_APART = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})*") for sign in (",", " ", "'")}
#: A point may be that of a fraction: a number with two of them shows that it parts thousands.
_POINTS = re.compile(r"\d{1,3}(?:\.\d{3})*")
_TWO_POINTS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")
#: One point and three digits behind it: 1.000 is a thousand, or one with three places.
_EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_WHOLE = re.compile(r"\d+")


def read_numbers(
    name: str, texts: Sequence[str | None], file: str = "", rows: Sequence[int] | None = None
) -> list[str | None]:
    """A column of numbers as plain texts; what is no number stays as it is, for the engine to refuse.

    Thousands that are set apart are read in a column of people only, and only where every number of the
    column is written so. Points part thousands where a number has two of them, or where whole numbers of up
    to three digits stand beside the others (1.000, 900): a column with three places has them everywhere.

    Parameters
    ----------
    file, rows
        Name of the file and rows of the texts, for messages; the first text is in row 2 unless given.

    Raises
    ------
    StatisticsError
        Every point of a column of people has three digits behind it, and nothing shows what they are; or
        some numbers are written with separators and some without.

    >>> read_numbers("population", ["1,250", "980"]), read_numbers("population", ["1.000", "900"])
    (['1250', '980'], ['1000', '900'])
    """
    folded = [text if text is None or text.isascii() else plain(text) for text in texts]
    if name not in _PEOPLE:
        return folded
    places = list(rows) if rows is not None else list(range(2, len(folded) + 2))
    given = [(row, text) for row, text in zip(places, folded, strict=True) if text is not None]
    if name == "population":
        sign = _separator([text for _, text in given])
        if sign:
            return [text and text.replace(sign, "") for text in folded]
        _refuse_two_ways(file, given)
    _refuse_either(name, file, given)
    return folded


def _separator(given: Sequence[str]) -> str | None:
    """What parts the thousands of a column that is written so throughout."""
    for sign, form in _APART.items():
        if any(sign in text for text in given) and all(map(form.fullmatch, given)):
            return sign
    if not all(map(_POINTS.fullmatch, given)):
        return None
    shows_it = any(map(_TWO_POINTS.fullmatch, given)) or (
        any(map(_EITHER.fullmatch, given))
        and any(text.isdigit() and text != "0" for text in given)
        and not any(text.startswith("0.") for text in given)
    )
    return "." if shows_it else None


def _refuse_two_ways(file: str, given: Sequence[tuple[int, str]]) -> None:
    """Name the rows that are written otherwise where most numbers have a separator."""
    for sign, form in _APART.items():
        apart = [(row, text) for row, text in given if sign in text and form.fullmatch(text)]
        odd = [(row, text) for row, text in given if not form.fullmatch(text)]
        if odd and len(apart) > len(odd):
            raise StatisticsError(
                f"{file}, {named_rows([row for row, _ in odd])}: population '{visible(odd[0][1], 40)}' is "
                f"written otherwise than '{visible(apart[0][1], 40)}' in row {apart[0][0]}, which has a "
                "separator between thousands; write every number without one"
            )


def _refuse_either(name: str, file: str, given: Sequence[tuple[int, str]]) -> None:
    either = [(row, text) for row, text in given if _EITHER.fullmatch(text)]
    if not either or any(not (_EITHER.fullmatch(text) or _WHOLE.fullmatch(text)) for _, text in given):
        return  # places other than three, or a number below one, show that points are those of fractions
    text = either[0][1]
    thousands = text.replace(".", "")
    raise StatisticsError(
        f"{file}, {named_rows([row for row, _ in either])}: {name} '{text}' can be {thousands} or "
        f"{float(text):g}, and the column does not show which; write {thousands} without a "
        f"separator, or {float(text):g} with other than three places"
    )
