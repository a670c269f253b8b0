"""Made-up people who travel between places of known risk, fall ill after a known incubation, and tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from surveillance.infection_place.incubation import Incubation, longest
from surveillance.infection_place.stays import Case, Stay

PLACES = ("KH01", "KH02", "TH", "LA")
ABROAD = frozenset({"TH", "LA"})
#: Infections for each person-day at each place.
RISK = np.array([1.0, 0.3, 3.0, 0.8]) / 1_000
BEGUN, DAYS = date(2025, 1, 1), 150
_MEAN_STAY = 12


@dataclass(frozen=True, eq=False)
class Told:
    """Cases with where they were truly infected, and the days that all people spent at each place."""

    cases: list[Case]
    truth: list[str]
    person_days: dict[str, float]


def travellers(
    seed: int, period: Incubation, people: int = 900, silent: float = 0.0, risk: np.ndarray = RISK
) -> Told:
    """Let people travel, and tell of those who fell ill while all days that matter were watched.

    A part `silent` of their stays is not recorded.
    """
    random = np.random.default_rng(seed)
    cases, truth = [], []
    spent = np.zeros(len(PLACES))
    for n in range(people):
        days, stays, at = 0, [], int(random.integers(len(PLACES)))
        where = np.zeros(DAYS, int)
        while days < DAYS:
            length = int(min(random.geometric(1 / _MEAN_STAY), DAYS - days))
            where[days : days + length] = at
            stays.append((at, days, days + length - 1))
            days += length
            at = int((at + random.integers(1, len(PLACES))) % len(PLACES))
        ill = np.flatnonzero(random.random(DAYS) < risk[where])
        until = DAYS if not ill.size else ill[0] + 1
        spent += np.bincount(where[:until], minlength=len(PLACES))
        if not ill.size:
            continue
        passed = period.median * np.exp(period.spread * random.standard_normal())
        onset = int(np.floor(ill[0] + random.random() + passed))
        if not longest(period) <= onset < DAYS:
            continue
        told = tuple(
            Stay(PLACES[place], BEGUN + timedelta(days=first), BEGUN + timedelta(days=last))
            for place, first, last in stays
            if random.random() >= silent
        )
        cases.append(Case(f"case {n}", BEGUN + timedelta(days=onset), told))
        truth.append(PLACES[where[ill[0]]])
    return Told(cases, truth, dict(zip(PLACES, spent, strict=True)))
