"""What a rule says of the window that ends on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

#: Days with cases, and how many.
Counts = tuple[tuple[date, int], ...]


@dataclass(frozen=True)
class Verdict:
    """What a rule says of the window that ends on a day.

    `threshold`: the alarm begins at this many cases, or above it where `above`; None where the rule cannot
    say, and `refused` says why. `counts`: days of the window with cases, and how many.
    """

    day: date
    first: date
    count: int
    threshold: float | None
    alarm: bool
    above: bool = False
    refused: str = ""
    counts: Counts = ()
