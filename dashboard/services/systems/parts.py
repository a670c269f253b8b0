"""What a pull consists of: parts, each asked for page by page, and what a page is imported as."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dashboard.services.systems.client import Parameters
from surveillance.errors import OtherSystemError
from surveillance.texts import N_

#: What a page becomes.
FACILITIES, ITEMS, FILE = "facilities", "items", "file"
NO_LIST = N_(
    "{host}: the answer to {path} holds no list of {name}; look at the address and the version of the system"
)
OTHER_PAGE = N_("{host}: was asked for page {page} of {name} and gave page {given}")
TOO_FEW = N_(
    "{host}: page {page} of {name} holds {items} of {wanted}: it is not whole, and nothing of it is stored; "
    "pull again"
)
Item = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One page: its items, how many the system says there are in all, and whether it is the last."""

    items: Sequence[Item]
    total: int | None
    last: bool


@dataclass(frozen=True)
class Part(ABC):
    """One part of a pull. `key` names it; `mapping` reads it, where it is imported as a file."""

    key: str
    mapping: str = ""
    #: What its pages become.
    into: ClassVar[str] = FILE
    #: The list in which a file holds its items.
    holds: ClassVar[str] = "items"

    @property
    def identity(self) -> str:
        """What names an item, so that a rejected one is found again there; blank where nothing does."""
        return ""

    @abstractmethod
    def asked(self, page: int) -> tuple[str, Parameters]:
        """Path and parameters of a page; the first is 1."""

    @abstractmethod
    def read(self, host: str, page: int, given: Any) -> Answer:
        """What a page holds.

        Raises
        ------
        OtherSystemError
            It is not what was asked for, or not whole.
        """

    def content(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """What is imported of a page: its items alone, so that the same items are the same file."""
        return {self.holds: items}


@dataclass(frozen=True)
class PagedPart(Part):
    """A part that a system counts in pages of a size."""

    size: int = field(default=500, kw_only=True)

    def answer(self, host: str, page: int, items: Any, given: int | None, total: int | None) -> Answer:
        """A page of this part.

        Parameters
        ----------
        given, total : int, optional
            The number of the page, and how many items there are, as the system says.
        """
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise OtherSystemError(NO_LIST, host=host, path=self.asked(page)[0], name=self.key)
        if given is not None and given != page:
            raise OtherSystemError(OTHER_PAGE, host=host, page=page, given=given, name=self.key)
        if total is None:
            return Answer(items, None, len(items) < self.size)
        wanted = max(0, min(self.size, total - (page - 1) * self.size))
        if len(items) < wanted:
            raise OtherSystemError(
                TOO_FEW, host=host, page=page, items=len(items), wanted=wanted, name=self.key
            )
        return Answer(items, total, page * self.size >= total)


def number(given: Any) -> int | None:
    """A whole number as a system writes it; None where it is none."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
