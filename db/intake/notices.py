"""What was accepted and could not be understood."""

from __future__ import annotations

import re
from collections import Counter

from db.intake.values import clean_text

#: A telephone or identity number, also with separators; a day with them has fewer digits.
_LONG_NUMBER = re.compile(r"\d{6,}|\d(?:[\s().+/-]*\d){8,}")


class Notices:
    """Counts of texts that were not understood: listed, never silent."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, str, str]] = Counter()
        self.first: dict[tuple[str, str, str], int] = {}

    def add(self, kind: str, field_name: str, text: str, row_number: int) -> None:
        """Count one row for which `text` in `field_name` was not understood."""
        shown = clean_text(text)
        if kind != "unknown_facility":
            shown = _LONG_NUMBER.sub("#", shown[:60])
        key = (kind, field_name, shown)
        self.rows[key] += 1
        self.first.setdefault(key, row_number)
