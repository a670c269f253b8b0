"""Values of an indicator, made of sums that the account may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from db.indicators.model import IndicatorSums
from surveillance.indicators.model import Indicator
from surveillance.indicators.values import Value, of_cases, of_proportion, of_rate
from surveillance.status import Status, status_of

#: Numerator and denominator -> limits of their proportion.
Limits = Mapping[tuple[int, int], tuple[float, float]]


class Divisor(Protocol):
    """How many people cases are divided by, and the limits of that number where it is an estimate."""

    @property
    def value(self) -> float: ...
    @property
    def limits(self) -> tuple[float, float] | None: ...


def made(
    indicator: Indicator,
    sums: IndicatorSums,
    divisor: Divisor | None,
    *,
    reported: bool,
    limits: Limits | None = None,
) -> Value:
    """The value of sums that may be shown; `divisor`: the people they are divided by, where that is known."""
    if indicator.of or not indicator.denominator:
        status = Status.ZERO if reported else Status.NOT_REPORTED
        if sums.numerator:
            status = Status.VALUE
        elif sums.unknown:
            status = Status.UNKNOWN
        if not indicator.of:
            return of_cases(status, sums.numerator, sums.unknown)
        people, around = (None, None) if divisor is None else (divisor.value, divisor.limits)
        return of_rate(indicator, status, sums.numerator, sums.unknown, people, around)
    status = status_of(
        numerator=sums.numerator,
        denominator=sums.denominator,
        unknown=sums.unknown,
        records=sums.denominator + sums.unknown + sums.later,
        not_due=sums.later,
        reported=reported,
    )
    return of_proportion(indicator, status, sums.numerator, sums.denominator, sums.unknown, limits)
