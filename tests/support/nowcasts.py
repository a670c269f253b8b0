"""Made-up reporting: weeks of records of several facilities, each with its delay, and what has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveillance.nowcast.history import History, triangle_from
from surveillance.nowcast.predict import nowcast

#: Shares of records that come 0, 1, 2 ... weeks late.
PROMPT = (0.62, 0.2, 0.1, 0.05, 0.03)
SLOW = (0.25, 0.25, 0.2, 0.15, 0.1, 0.05)
#: Kinds of reporting: how it is made, and in words.
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "level": ({}, "the same number each week"),
    "slow": ({"delays": SLOW}, "a quarter in time, the rest over five weeks"),
    "falling": ({"trend": -0.7, "mean": 120.0}, "falling by half in a year"),
    "rising": ({"trend": 1.2, "mean": 40.0}, "threefold in a year"),
    "backfilled": ({"backfill": 400}, "400 old records delivered at once"),
    "silent": ({"silence": 7}, "a facility silent for seven weeks"),
    "uneven": ({"alike": 0.03, "mean": 120.0}, "weeks that differ by more than chance"),
}
_HISTORIES = 520


@dataclass(frozen=True)
class Made:
    """A history as it is known at the end of its last week, and how many records each week has in truth."""

    history: History
    truth: np.ndarray


def made(
    seed: int,
    *,
    weeks: int = 38,
    senders: int = 8,
    mean: float = 60.0,
    trend: float = 0.0,
    delays: tuple[float, ...] = PROMPT,
    alike: float = 0.0,
    backfill: int = 0,
    silence: int = 0,
) -> Made:
    """Make a history.

    Parameters
    ----------
    mean, trend : float
        Records of all senders in the first week, and the growth of its logarithm in a year.
    alike : float
        By how much the delays of a week are alike, beyond chance.
    backfill : int
        Old records that one sender delivers at once, five weeks before the last one.
    silence : int
        Weeks in which another sender sends nothing; it sends all of them the week after.
    """
    random = np.random.default_rng(seed)
    rates = mean * np.exp(trend * np.arange(weeks) / 52) / senders
    number = random.poisson(rates, size=(senders, weeks))
    sender, week, arrived = [], [], []
    shares = np.array(delays)
    for who in range(senders):
        for at in range(weeks):
            own = random.dirichlet(shares * (1 / alike - 1)) if alike else shares
            late = random.choice(len(own), size=number[who, at], p=own)
            sender.append(np.full(len(late), who))
            week.append(np.full(len(late), at))
            arrived.append(at + late)
    rows = [np.concatenate(part) for part in (sender, week, arrived)]
    truth = number.sum(axis=0)
    heard = np.ones((senders, weeks), bool)
    if silence:
        last = weeks - 12
        quiet = (rows[0] == 1) & (rows[2] > last - silence) & (rows[2] <= last)
        rows[2] = np.where(quiet, last + 1, rows[2])
        heard[1, last - silence + 1 : last + 1] = False
    if backfill:
        old = random.integers(0, weeks - 6, size=backfill)
        rows = [
            np.concatenate([part, more])
            for part, more in zip(
                rows, (np.full(backfill, 2), old, np.full(backfill, weeks - 6)), strict=True
            )
        ]
        truth = truth + np.bincount(old, minlength=weeks)
    came = rows[2] < weeks
    sender_, week_, arrived_ = (part[came].astype(np.int64) for part in rows)
    ones = np.ones(len(sender_), np.int64)
    history = History(
        sender_, week_, arrived_, ones.astype(bool), ones, heard, np.zeros(senders, bool), (None,) * senders
    )
    return Made(history, truth)


def histories(case: str) -> Iterator[Made]:
    """So many histories of a kind that 2,000 of their weeks are still to be filled."""
    return (made(1000 + seed, **CASES[case][0]) for seed in range(_HISTORIES))


def covered(found: Iterable[Made]) -> tuple[float, int]:
    """How often the interval holds the truth, in weeks of 30 records or more; and how many weeks."""
    hits = []
    for one in found:
        hits += [
            week.lower <= one.truth[week.week] <= week.upper
            for week in nowcast(triangle_from(one.history)[0]).weeks
            if week.state == "expected" and one.truth[week.week] >= 30
        ]
    return float(np.mean(hits)), len(hits)
