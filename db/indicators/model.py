"""The sums of an indicator in one area."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IndicatorSums:
    """Sums of one area. `later`: records of a cohort whose follow-up time has not passed."""

    numerator: int = 0
    denominator: int = 0
    unknown: int = 0
    later: int = 0

    @property
    def any(self) -> bool:
        """Whether any record lies behind them."""
        return bool(self.numerator or self.denominator or self.unknown or self.later)

    def __add__(self, other: IndicatorSums) -> IndicatorSums:
        """Together."""
        return IndicatorSums(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.unknown + other.unknown,
            self.later + other.later,
        )
