"""Reading a column that may be blank: each distinct text once, and what cannot be read with a notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from db.intake.values.notices import Notices


class _Unread:
    """Stands for a text that was tried and not understood."""


_UNREAD = _Unread()


class OptionalColumns:
    """Reads the columns of one file; remembers what each text of a column was read as."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._memo: dict[str, dict[str, Any]] = {}

    def read(
        self,
        name: str,
        column: Sequence[str],
        numbers: Sequence[int],
        parse: Callable[[str], Any],
        otherwise: Any,
    ) -> list[Any]:
        """Values of a column: blank is `otherwise`, and so is what `parse` refuses, with a notice."""
        memo = self._memo.setdefault(name, {})
        unread = set()
        for text in set(column):
            if text not in memo:
                try:
                    memo[text] = parse(text) if text.strip() else otherwise
                except (ValueError, OverflowError):
                    memo[text] = _UNREAD
            if memo[text] is _UNREAD:
                unread.add(text)
        if not unread:
            return list(map(memo.__getitem__, column))
        for text, number in zip(column, numbers, strict=True):
            if text in unread:
                self._notices.add("unread_value", name, text, number)
        return [otherwise if text in unread else memo[text] for text in column]
