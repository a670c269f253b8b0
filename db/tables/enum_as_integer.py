"""Texts of a fixed list, stored as their numbers: keys of the cubes are found and put in order faster so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, SmallInteger
from sqlalchemy.types import TypeDecorator


class EnumAsInteger(TypeDecorator[str]):
    """A text that is kept as its number.

    Parameters
    ----------
    texts
        Those that may be stored, each in the place of its number, which must never change.

    Raises
    ------
    KeyError
        A text that has no number is stored or asked for, or a number that stands for no text is read.
    """

    impl = SmallInteger
    cache_ok = True

    def __init__(self, texts: tuple[str, ...]) -> None:
        super().__init__()
        self.texts = texts  # under this name: statements are cached by it
        self._number = {text: number for number, text in enumerate(texts)}
        self._text = dict(enumerate(texts))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """The number of a text."""
        return None if value is None else self._number[value]

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """The text of a number."""
        return None if value is None else self._text[value]

    def stored(self, texts: Sequence[str]) -> list[int]:
        """The numbers of some texts, for rows that go around SQLAlchemy."""
        return list(map(self._number.__getitem__, texts))
