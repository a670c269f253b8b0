"""The probability of each place for each case, and the share of cases that was imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.infection_place.incubation import Incubation, by_day, longest
from surveillance.infection_place.stays import UNRECORDED, Case, presence
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Draws, unless chosen, and those of a chain that are thrown away before them.
DRAWS = 2_000
_WARM = 200
#: Shape of the prior of each place's risk (Jeffreys), where risks are estimated.
_PRIOR = 0.5
_LEVEL = (0.025, 0.975)


@dataclass(frozen=True)
class Risk:
    """How much likelier an infection is on a day at a place than at others; and how surely that is known.

    Parameters
    ----------
    relative : float
        Above 0.
    lower, upper : float, optional
        Its 95% interval.
    """

    relative: float
    lower: float | None = None
    upper: float | None = None

    @property
    def error(self) -> float:
        """Standard error of its logarithm."""
        if self.lower is None or self.upper is None:
            return 0.0
        return float((np.log(self.upper) - np.log(self.lower)) / (2 * 1.959963984540054))


@dataclass(frozen=True)
class Share:
    """A share with its 95% interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class Places:
    """Where cases were infected.

    Parameters
    ----------
    places : tuple of str
        Every place; the last is `UNRECORDED`.
    names : tuple of str
        Names of the cases that could be told of, in the order of `probability`.
    probability, lower, upper : ndarray of float, shape (n, p)
        Probability of each place for each case, and its 95% interval.
    by_place : tuple of Share
        Share of all cases that was infected at each place.
    imported : Share
        Share of all cases that was infected abroad, those of unrecorded days left out.
    at_least, at_most : Share
        The same with every infection of an unrecorded day taken for local, and for imported.
    without : tuple of str
        Cases whose recorded stays and days leave no way to have been infected.
    risk : tuple of Share or None
        Estimated infections for each person-day at each place, where person-days were given.
    """

    places: tuple[str, ...]
    names: tuple[str, ...]
    probability: Array
    lower: Array
    upper: Array
    by_place: tuple[Share, ...]
    imported: Share
    at_least: Share
    at_most: Share
    without: tuple[str, ...]
    risk: tuple[Share, ...] | None = None


def infer(
    cases: Sequence[Case],
    period: Incubation,
    abroad: frozenset[str],
    *,
    risks: Mapping[str, Risk] | None = None,
    person_days: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Places:
    """Tell where each case was infected.

    The likelihood that a case shows its first symptoms on the day it did is the sum, over the days t before,
    of f(days since t) times the risk of the place where the case was on t; f is the incubation period. The
    part of each place in this sum is its probability.

    Parameters
    ----------
    cases : sequence of Case
        Cases of one disease.
    period : Incubation
        Its incubation period.
    abroad : frozenset of str
        Places that are not in the country.
    risks : mapping of str to Risk, optional
        Relative risk of each place; every place alike, unless given.
    person_days : mapping of str to float, optional
        Days that all people under watch, cases or not, spent at each place: then the risks are estimated
        from the cases themselves.
    draws : int
        Draws.
    seed : int
        The same seed draws the same.

    Returns
    -------
    Places

    Raises
    ------
    StatisticsError
        There is no case, a risk or a number of days is missing or not above 0, or both are given.

    Notes
    -----
    Each draw has an incubation period of its own, within its published error, and risks of their own. With
    person-days, infections at a place are Poisson distributed with risk times days, and risks and places are
    drawn in turn (Gibbs). Days that are not recorded have the mean risk of all places.

    Examples
    --------
    >>> from datetime import date
    >>> from surveillance.infection_place.incubation import INCUBATIONS
    >>> from surveillance.infection_place.stays import Stay
    >>> abroad = Stay("TH", date(2025, 5, 1), date(2025, 5, 20))
    >>> stays = (abroad, Stay("KH01", date(2025, 5, 21), date(2025, 6, 9)))
    >>> cases = [Case("a", date(2025, 5, 22), stays), Case("b", date(2025, 6, 5), stays)]
    >>> found = infer(cases, INCUBATIONS["dengue"], frozenset({"TH"}), draws=200)
    >>> found.places, found.probability.round(2).tolist()
    (('KH01', 'TH', 'unrecorded'), [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    >>> found.imported.value
    0.5
    """
    if risks is not None and person_days is not None:
        raise StatisticsError(
            N_("give relative risks, or person-days from which they are estimated; not both")
        )
    if draws < 1:
        raise StatisticsError(N_("at least one draw is needed"))
    days = longest(period)
    there = presence(cases, days)
    plain = there.exposure(by_day(period.median, period.spread, days)).sum(axis=1)
    kept = plain > 0
    if not kept.any():
        raise StatisticsError(N_("there is no case with stays and a day on which symptoms began"))
    held = type(there)(there.places, there.share[kept])
    random = np.random.default_rng(seed)
    level, error = _risks(there.places, risks)
    spent = _days(there.places, person_days)
    away = np.array([place in abroad for place in there.places])
    many = len(there.places)
    shares: list[Array] = []
    drawn: list[NDArray[np.int64]] = []
    found: list[Array] = []
    rate: Array = np.exp(level)
    for n in range(draws + (_WARM if spent is not None else 0)):
        median = period.median * np.exp(period.median_error * random.standard_normal())
        spread = max(period.spread + period.spread_error * random.standard_normal(), period.spread / 4)
        exposure = held.exposure(by_day(median, spread, days))
        if spent is None:
            rate = np.exp(level + error * random.standard_normal(many))
        weight = exposure * rate
        total = weight.sum(axis=1, keepdims=True)
        part = np.divide(weight, total, out=np.full_like(weight, 1 / many), where=total > 0)
        where = (part.cumsum(axis=1) < random.random((len(part), 1))).sum(axis=1).clip(max=many - 1)
        counted = np.bincount(where, minlength=many)
        if spent is not None:
            rate = np.append(random.gamma(counted[:-1] + _PRIOR) / spent, 0.0)
            rate[-1] = (rate[:-1] * spent).sum() / spent.sum()
            if n < _WARM:
                continue
            found.append(rate)
        shares.append(part)
        drawn.append(counted)
    parts, numbers = np.array(shares), np.array(drawn, float)
    lower, upper = np.quantile(parts, _LEVEL, axis=0)
    sums, imported, open_ = numbers.sum(axis=1), numbers[:, away].sum(axis=1), numbers[:, -1]
    known = np.maximum(sums - open_, 1)
    return Places(
        there.places,
        tuple(case.name for case, one in zip(cases, kept, strict=True) if one),
        parts.mean(axis=0), lower, upper,
        tuple(_share(numbers[:, n] / sums) for n in range(many)),
        _share(imported / known), _share(imported / sums), _share((imported + open_) / sums),
        tuple(case.name for case, one in zip(cases, kept, strict=True) if not one),
        None if spent is None else tuple(_share(one) for one in np.array(found).T),
    )  # fmt: skip


def _share(drawn: Array) -> Share:
    lower, upper = np.quantile(drawn, _LEVEL)
    return Share(float(drawn.mean()), float(lower), float(upper))


def _risks(places: tuple[str, ...], risks: Mapping[str, Risk] | None) -> tuple[Array, Array]:
    """Logarithms of the risks, and their errors; days that are not recorded have the mean risk."""
    if risks is None:
        return np.zeros(len(places)), np.zeros(len(places))
    named = [place for place in places if place != UNRECORDED]
    missing = [place for place in named if place not in risks]
    if missing:
        raise StatisticsError(N_("no risk is given of {places}"), places=", ".join(missing))
    if not all(risks[place].relative > 0 and np.isfinite(risks[place].relative) for place in named):
        raise StatisticsError(N_("a relative risk is a number above 0"))
    value = [risks[place].relative for place in named]
    middle = float(np.mean(value)) if value else 1.0
    return np.log([*value, middle]), np.array([*(risks[place].error for place in named), 0.0])


def _days(places: tuple[str, ...], person_days: Mapping[str, float] | None) -> Array | None:
    if person_days is None:
        return None
    named = [place for place in places if place != UNRECORDED]
    missing = [place for place in named if place not in person_days]
    if missing:
        raise StatisticsError(N_("no person-days are given of {places}"), places=", ".join(missing))
    spent = np.array([person_days[place] for place in named], float)
    if not np.all(spent > 0) or not spent.size:
        raise StatisticsError(N_("person-days are a number above 0"))
    return spent
