"""What was accepted and not understood: shown to the person who imports, stored without personal data.

A file whose columns have shifted brings names and telephone numbers where a place or a sex should be.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from db.intake.values.codes import clean_text, visible

#: A telephone or identity number, also with separators; a day with them has fewer digits.
_LONG_NUMBER = re.compile(r"\d{6,}|\d(?:[\s().+/-]*\d){8,}")
#: A day with its time, which has as many digits and is no person's number.
_MOMENT = re.compile(
    r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?:[t,]\s?|\s)\d{1,2}:\d\d"
    r"(?::\d\d(?:\.\d{1,6})?)?z?(?![\d:])",
    re.IGNORECASE,
)
#: Rows of a file that must agree on a text before it is stored: a place is written often, a name seldom.
FEWEST = 3
#: Kind of the notice that names an issuer which is not declared as shared.
UNSHARED_ISSUER = "unshared_issuer"
#: Kind of the notice on a text that programmes write where a day is missing.
PLACEHOLDER_DAY = "placeholder_day"
#: Kind of the notice on rows of a report that give two numbers for one value, and how many it lists.
REPEATED_VALUE, _LISTED = "repeated_value", 10

Key = tuple[str, str, str]


class Notices:
    """Counts of texts that were not understood: listed, never silent."""

    def __init__(self) -> None:
        self.rows: Counter[Key] = Counter()
        self.first: dict[Key, int] = {}
        #: Mark of each issuer of persons' numbers -> its name, as the file has it.
        self.issuers: dict[str, str] = {}
        self._numbers: dict[Key, array[int]] = {}
        self._pending: list[tuple[Key, int]] = []

    def add(self, kind: str, field_name: str, text: str, row_number: int) -> None:
        """Note one row for which `text` in `field_name` was not understood; it counts when it is settled."""
        self._pending.append(((kind, field_name, masked(visible(text)[:60])), row_number))

    def settle(self, rejected: Collection[int]) -> None:
        """Count what was noted since the last time, but for rejected rows: those went back."""
        for key, number in self._pending:
            if number not in rejected:
                self.rows[key] += 1
                self.first.setdefault(key, number)
                self._numbers.setdefault(key, array("L")).append(number)
        self._pending.clear()

    def add_facility(self, name: str, rows: int, first: int) -> None:
        """Count the rows of a facility that is not in the list; the sender sees its number as it is."""
        self._add_rows(("unknown_facility", "facility_id", name), rows, first)

    def add_issuer(self, mark: str, rows: int, first: int) -> None:
        """Count the rows whose persons are known within one facility only, though another numbers them."""
        name = masked(clean_text(self.issuers.get(mark, ""))[:60])
        self._add_rows((UNSHARED_ISSUER, "person_id_issuer", name), rows, first)

    def add_without_id(self, rows: int, first: int) -> None:
        """Count the new records whose sender gave no number: nothing ties a correction to them."""
        self._add_rows(("no_record_id", "record_id", ""), rows, first)

    def add_without_token(self, rows: int, first: int) -> None:
        """Count the rows with unknown places that got no token, since no key was set."""
        self._add_rows(("no_place_key", "", ""), rows, first)

    def add_repeated(self, rows: Sequence[int]) -> None:
        """Name the rows in which a file of reports gives two numbers for one value; the last one counts."""
        if rows:
            listed = ", ".join(map(str, rows[:_LISTED])) + (" ..." if len(rows) > _LISTED else "")
            self._add_rows((REPEATED_VALUE, "value", listed), len(rows), rows[0])

    def add_missing(self, kind: str, records: int) -> None:
        """Count the records that a file which is declared complete does not name."""
        self._add_rows((kind, "", ""), records, 0)

    def _add_rows(self, key: Key, rows: int, first: int) -> None:
        self.rows[key], self.first[key] = rows, first

    def stored(self, duplicates: NDArray[np.int64]) -> dict[Key, tuple[int, int]]:
        """What may be kept of each: rows and first row, with a text only where it is seldom a person's.

        A row that was held before (`duplicates`) was counted when it came.
        """
        kept: dict[Key, tuple[int, int]] = {}
        for noted, rows in self.rows.items():
            new, begin = rows, self.first[noted]
            if noted in self._numbers:
                numbers = np.array(self._numbers[noted], np.int64)
                numbers = numbers[~np.isin(numbers, duplicates)]
                new, begin = len(numbers), int(numbers[0]) if len(numbers) else 0
            if new:
                key = (*noted[:2], kept_text(noted[0], noted[2], rows))
                held, first = kept.get(key, (0, begin))
                kept[key] = (held + new, min(first, begin))
        return kept


def masked(text: str) -> str:
    """A text with its long numbers taken out: they may be a person's telephone or identity number.

    >>> masked("tel. 012 345 678"), masked("1900-01-01 00:00:00")
    ('tel. #', '1900-01-01 00:00:00')
    """
    kept: list[str] = []
    at = 0
    for moment in _MOMENT.finditer(text):
        kept += [_LONG_NUMBER.sub("#", text[at : moment.start()]), moment[0]]
        at = moment.end()
    return "".join((*kept, _LONG_NUMBER.sub("#", text[at:])))


def kept_text(kind: str, text: str, rows: int) -> str:
    """Of a value that cannot be read nothing; of a place or facility what several rows say alike."""
    if kind == PLACEHOLDER_DAY:  # one of a few texts that identify no person
        return masked(text)
    return "" if kind in ("unread_value", "damaged_number", REPEATED_VALUE) or rows < FEWEST else masked(text)
