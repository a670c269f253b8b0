"""What to expect of arrivals: a figure per 1,000, with its source, times the arrivals of a province.

No model is fitted. The interval is that of chance alone, if the figure is right and people come one by one;
families and workplaces come together, so that the truth varies more. Beyond the range of arrivals seen before
there is no interval: nobody has seen whether the figure holds there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from scipy.special import bdtr

from surveillance.errors import UsageError
from surveillance.texts import N_
from surveillance.vocabulary import Value
from surveillance.windows import Window

#: What arrivals need, and what is counted afterwards: each code is a step of `surveillance.reception.steps`.
NEEDS = (
    Value("pregnant", N_("Pregnant")),
    Value("tb_treatment", N_("On tuberculosis treatment")),
    Value("presumptive_tb", N_("Presumptive tuberculosis")),
    Value("to_vaccinate", N_("Children to vaccinate")),
)

#: Persons that a figure is per.
PER = 1_000
_TAILS = (0.025, 0.975)
#: Why there is no interval.
ABOVE = N_(
    "More arrivals than ever seen before: nobody knows whether the figure holds, so there is no interval."
)
BELOW = N_(
    "Fewer arrivals than ever seen before: nobody knows whether the figure holds, so there is no interval."
)
UNSEEN = N_("Arrivals of this province have not been seen before: there is no interval.")


@dataclass(frozen=True)
class Figure:
    """One figure of the table: how many of 1,000 arrivals need something, and who says so.

    Parameters
    ----------
    code : str
        What they need.
    per_thousand : float
    source : str
        Where the figure comes from; never blank.
    """

    code: str
    per_thousand: float
    source: str

    def __post_init__(self) -> None:
        """Refuse a figure out of bounds, or without a source."""
        if not 0 <= self.per_thousand <= PER:
            raise UsageError("give a figure from 0 to 1,000 of 1,000 arrivals", "per_thousand")
        if not self.source.strip():
            raise UsageError("say where the figure comes from", "source")


@dataclass(frozen=True)
class Expected:
    """What to expect of one figure in one province. `why`: why there is no interval; blank where one is."""

    place: str
    code: str
    arrivals: int
    number: float
    lower: int | None
    upper: int | None
    why: str = ""


@dataclass(frozen=True)
class Beside:
    """What was expected beside what came. `verdict`: None where none can be given."""

    expected: Expected
    came: int
    verdict: Literal["within", "fewer", "more"] | None


def expected_load(
    figures: Sequence[Figure], arrivals: Mapping[str, int], seen: Mapping[str, Iterable[int]]
) -> list[Expected]:
    """Multiply figures by the arrivals of each province.

    Parameters
    ----------
    figures : sequence of Figure
    arrivals : mapping of str to int
        Arrivals to expect, by home province.
    seen : mapping of str to iterable of int
        Arrivals of the same province in earlier periods of the same length.

    Returns
    -------
    list of Expected
        By province and figure. The interval is from the 2.5th to the 97.5th percentile of a binomial number.

    Raises
    ------
    UsageError
        Arrivals below zero.

    Examples
    --------
    >>> table = [Figure("pregnant", 20, "register of 2024")]
    >>> found = expected_load(table, {"KH01": 500, "KH02": 900}, {"KH01": [100, 800], "KH02": [100, 800]})
    >>> [(one.place, one.number, one.lower, one.upper) for one in found]
    [('KH01', 10.0, 4, 17), ('KH02', 18.0, None, None)]
    >>> found[1].why.startswith("More arrivals than ever seen")
    True
    """
    found = []
    for place, people in arrivals.items():
        if people < 0:
            raise UsageError("arrivals are never below zero", "arrivals")
        why = _why(people, list(seen.get(place, ())))
        for figure in figures:
            rate = figure.per_thousand / PER
            lower, upper = (None, None) if why else _range(people, rate)
            found.append(Expected(place, figure.code, people, people * rate, lower, upper, why))
    return found


def earlier_windows(window: Window, first: date, last: date, most: int = 26) -> list[Window]:
    """Return earlier periods of the same length of which everything was recorded, the newest first.

    Parameters
    ----------
    window : Window
        What is planned for.
    first, last : date
        First and last day of which arrivals are recorded.
    most : int, default 26

    Returns
    -------
    list of Window
        They end before the window begins, follow each other, and lie within the recorded days.

    Examples
    --------
    >>> week = Window(date(2025, 6, 9), date(2025, 6, 15))
    >>> [one.first.day for one in earlier_windows(week, date(2025, 5, 26), date(2025, 6, 30))]
    [2, 26]
    """
    length = (window.last - window.first).days + 1
    found: list[Window] = []
    end = min(last, window.first - timedelta(days=1))
    while len(found) < most and (start := end - timedelta(days=length - 1)) >= first:
        found.append(Window(start, end))
        end = start - timedelta(days=1)
    return found


def share_out(people: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Share a number of people out among places, as others were.

    Parameters
    ----------
    people : int
    weights : mapping of str to int
        People of each place before.

    Returns
    -------
    dict of str to int
        Whole numbers that add up to `people`, by largest remainders; empty where nobody came before.

    Examples
    --------
    >>> share_out(10, {"KH01": 1, "KH02": 2})
    {'KH01': 3, 'KH02': 7}
    """
    together = sum(weights.values())
    if not together:
        return {}
    found = {place: people * weight // together for place, weight in weights.items()}
    rest = sorted(weights, key=lambda place: (-(people * weights[place] % together), place))
    for place in rest[: people - sum(found.values())]:
        found[place] += 1
    return found


def beside(expected: Expected, came: int, unasked: int = 0) -> Beside:
    """Put what came beside what was expected.

    Parameters
    ----------
    expected : Expected
    came : int
        Persons known to have the need.
    unasked : int, default 0
        Persons who came and were not asked: any of them may have it.

    Returns
    -------
    Beside
        With a verdict where it holds however many of those who were not asked have the need.

    Examples
    --------
    >>> table = [Figure("pregnant", 20, "register of 2024")]
    >>> (one,) = expected_load(table, {"KH01": 500}, {"KH01": [100, 800]})
    >>> one.lower, one.upper
    (4, 17)
    >>> beside(one, 18).verdict, beside(one, 17).verdict, beside(one, 3).verdict
    ('more', 'within', 'fewer')
    >>> beside(one, 18, 9).verdict, beside(one, 16, 1).verdict, beside(one, 16, 2).verdict
    ('more', 'within', None)
    """
    if expected.lower is None or expected.upper is None:
        return Beside(expected, came, None)
    if came > expected.upper:
        return Beside(expected, came, "more")
    if came + unasked < expected.lower:
        return Beside(expected, came, "fewer")
    within = came >= expected.lower and came + unasked <= expected.upper
    return Beside(expected, came, "within" if within else None)


def _range(people: int, rate: float) -> tuple[int, int]:
    lower, upper = np.searchsorted(bdtr(np.arange(people + 1), people, rate), _TAILS)
    return int(lower), int(upper)


def _why(people: int, before: list[int]) -> str:
    if not before:
        return UNSEEN
    if people > max(before):
        return ABOVE
    return BELOW if people < min(before) else ""
