"""The yield of each rule: how many alerts, and what they led to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

#: Days from the first case to the alert within which it was early enough: the 7 of 7-1-7.
EARLY_DAYS = 7


@dataclass(frozen=True)
class Past:
    """What became of one alert.

    `verified`: None while nobody has said. `event`: the event that it belongs to. `first_case`, `day`: the
    first case of its window, and the day on which it was raised. `acted`: whether a person did anything.
    """

    rule: str
    verified: bool | None
    event: str | None
    first_case: date
    day: date
    acted: bool
    closed: bool = False


@dataclass(frozen=True)
class Yield:
    """Numbers of alerts of one rule; `events` counts each event once."""

    rule: str
    alerts: int = 0
    verified: int = 0
    refuted: int = 0
    events: int = 0
    early: int = 0
    never_acted: int = 0

    @property
    def leads_to_nothing(self) -> bool:
        """Whether it has alerts, every one of them was judged, and none was verified."""
        return self.alerts > 0 and self.refuted == self.alerts


def yields(rules: Iterable[str], alerts: Iterable[Past]) -> list[Yield]:
    """Count what became of the alerts of each rule.

    Parameters
    ----------
    rules : iterable of str
        Ids; a rule without alerts has a row of zeros.
    alerts : iterable of Past

    Returns
    -------
    list of Yield
        In the order of `rules`, then rules that only alerts name. `early`: verified alerts that were raised
        at most 7 days after their first case.

    References
    ----------
    Frieden TR and others (2021). 7-1-7: an organising principle, target, and accountability metric to make
    the world safer from pandemics. Lancet 398: 638-640. doi:10.1016/S0140-6736(21)01250-2

    Examples
    --------
    >>> day = date(2026, 5, 10)
    >>> yields(["a", "b"], [Past("a", True, "E1", day, day, True)])[0].early
    1
    """
    held: dict[str, list[Past]] = {rule: [] for rule in rules}
    for alert in alerts:
        held.setdefault(alert.rule, []).append(alert)
    return [
        Yield(
            rule,
            len(found),
            sum(one.verified is True for one in found),
            sum(one.verified is False for one in found),
            len({one.event for one in found if one.verified and one.event}),
            sum(one.verified is True and (one.day - one.first_case).days <= EARLY_DAYS for one in found),
            sum(not one.acted for one in found),
        )
        for rule, found in held.items()
    ]
