"""Reading a table of a definition: every value by its kind, everything wrong gathered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_YEARS = range(1990, 2101)


@dataclass
class Problems:
    """Sentences on what is wrong, in the order of the text."""

    found: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """One table; `where` names it."""

    given: dict[str, Any]
    where: str
    problems: Problems

    def problem(self, sentence: str) -> None:
        """Note what is wrong in this table."""
        self.problems.found.append(f"{self.where}: {sentence}" if self.where else sentence)

    def known(self, names: Iterable[str]) -> None:
        """Note keys that nothing reads."""
        allowed = list(names)
        for key in self.given.keys() - set(allowed):
            self.problem(f"'{key[:40]}' is not understood; known are {', '.join(allowed)}")

    def text(self, key: str, otherwise: str = "") -> str:
        """A text of one line; needed where nothing stands for it."""
        found = self.given.get(key, otherwise)
        if not isinstance(found, str) or not found.strip() or len(found) > 500 or not found.isprintable():
            self.problem(f"{key}: give a text of one line")
            return ""
        return found.strip()

    def name(self, key: str, longest: int) -> str:
        """A name in small letters and digits."""
        found = self.text(key)
        if found and (not _NAME.fullmatch(found) or len(found) > longest):
            self.problem(f"{key}: use small letters, digits, - and _, at most {longest}")
        return found

    def identifier(self, key: str, *, needed: bool = True) -> str:
        """What another system calls something."""
        if not needed and key not in self.given:
            return ""
        found = self.given.get(key)
        if not isinstance(found, str) or not _IDENTIFIER.fullmatch(found):
            self.problem(f"{key}: give an identifier: letters, digits, and . _ - : within it")
            return ""
        return found

    def identifiers(self, key: str) -> tuple[str, ...]:
        """Several of them, or one."""
        given = self.given.get(key)
        found = [given] if isinstance(given, str) else given
        if not isinstance(found, list) or not found:
            self.problem(f"{key}: give an identifier, or a list of them")
            return ()
        if not all(isinstance(one, str) and _IDENTIFIER.fullmatch(one) for one in found):
            self.problem(f"{key}: an identifier has letters, digits, and . _ - : within it")
            return ()
        return tuple(dict.fromkeys(found))

    def one_of(self, key: str, allowed: tuple[str, ...], otherwise: str) -> str:
        """One of some words."""
        found = self.given.get(key, otherwise)
        if found not in allowed:
            self.problem(f"{key}: needs one of {', '.join(allowed)}")
            return otherwise
        return str(found)

    def whole(self, key: str, least: int, most: int, otherwise: int | None) -> Any:
        """A whole number."""
        found = self.given.get(key, otherwise)
        if found is otherwise:
            return otherwise
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
            self.problem(f"{key}: give a whole number from {least} to {most}")
            return least if otherwise is None else otherwise
        return found

    def flag(self, key: str, otherwise: bool) -> bool:
        """Yes or no."""
        found = self.given.get(key, otherwise)
        if not isinstance(found, bool):
            self.problem(f"{key}: needs true or false")
            return otherwise
        return found

    def day(self, key: str) -> date:
        """A day of the common era."""
        found = self.given.get(key)
        if isinstance(found, str):
            try:
                found = date.fromisoformat(found)
            except ValueError:
                found = None
        if isinstance(found, datetime) or not isinstance(found, date) or found.year not in _YEARS:
            self.problem(f"{key}: give a day as YYYY-MM-DD, of the common era")
            return date(_YEARS[0], 1, 1)
        return found

    def table(self, key: str) -> Reader | None:
        """A table inside this one; None where there is none."""
        if key not in self.given:
            return None
        found = self.given[key]
        if not isinstance(found, dict):
            self.problem(f"[{key}]: needs `key = value` lines")
            return None
        return Reader(found, self._at(key), self.problems)

    def tables(self, key: str) -> list[Reader]:
        """A list of tables."""
        found = self.given.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.problem(f"[[{key}]]: needs tables of `key = value` lines")
            return []
        return [Reader(one, f"{self._at(key)} {at}", self.problems) for at, one in enumerate(found, 1)]

    def plain_texts(self) -> dict[str, str]:
        """Every line of this table as an identifier."""
        return {key: self.identifier(key) for key in self.given}

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key
