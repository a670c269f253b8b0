"""The key of the box. A contract of import-linter lets only this package import it."""

from __future__ import annotations

from typing import TypeVar

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed

Held = TypeVar("Held")


def opened(box: Undisclosed[Held]) -> Held:
    """What a box holds."""
    held: list[Held] = []
    box.map(held.append)
    return held[0]


def may_open(grant: Grant, *boxes: Undisclosed[object]) -> bool:
    """Whether an account may be shown what boxes hold: all of it, or since all of them are issued.

    Counts that are not issued are for accounts that are entitled to small counts. What is hidden in an issued
    box is hidden from everybody who reads it.
    """
    return rules.entitled(grant) or all(box.issued for box in boxes)
