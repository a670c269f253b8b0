"""What was accepted and could not be understood: shown to whoever imports, and stored without the personal.

A file whose columns have shifted brings names and telephone numbers where a place or a sex should be.
"""

from __future__ import annotations

import re
from collections import Counter

from db.intake.values import clean_text

#: A telephone or identity number, also with separators; a day with them has fewer digits.
_LONG_NUMBER = re.compile(r"\d{6,}|\d(?:[\s().+/-]*\d){8,}")
#: Rows of a file that must agree on a text before it is stored: a place is written often, a name seldom.
FEWEST = 3

Key = tuple[str, str, str]


class Notices:
    """Counts of texts that were not understood: listed, never silent."""

    def __init__(self) -> None:
        self.rows: Counter[Key] = Counter()
        self.first: dict[Key, int] = {}

    def add(self, kind: str, field_name: str, text: str, row_number: int) -> None:
        """Count one row for which `text` in `field_name` was not understood."""
        key = (kind, field_name, _masked(clean_text(text)[:60]))
        self.rows[key] += 1
        self.first.setdefault(key, row_number)

    def add_facility(self, name: str, rows: int, first: int) -> None:
        """Count the rows of a facility that is not in the list; the sender sees its number as it is."""
        key = ("unknown_facility", "facility_id", name)
        self.rows[key], self.first[key] = rows, first

    def stored(self) -> dict[Key, tuple[int, int]]:
        """What may be kept of each: rows and first row, with a text only where it is seldom a person's."""
        kept: dict[Key, tuple[int, int]] = {}
        for (kind, field_name, text), rows in self.rows.items():
            key = (kind, field_name, _kept_text(kind, text, rows))
            held, first = kept.get(key, (0, self.first[kind, field_name, text]))
            kept[key] = (held + rows, min(first, self.first[kind, field_name, text]))
        return kept


def _masked(text: str) -> str:
    return _LONG_NUMBER.sub("#", text)


def _kept_text(kind: str, text: str, rows: int) -> str:
    """Of a value that cannot be read nothing; of a place or facility what several rows say alike."""
    return "" if kind == "unread_value" or rows < FEWEST else _masked(text)
