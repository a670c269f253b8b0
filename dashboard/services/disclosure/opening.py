"""The key of the box. A contract of import-linter lets only this package import it."""

from __future__ import annotations

from typing import TypeVar

from dashboard.services.disclosure.undisclosed import Undisclosed

Held = TypeVar("Held")


def opened(box: Undisclosed[Held]) -> Held:
    """What a box holds."""
    held: list[Held] = []
    box.map(held.append)
    return held[0]
