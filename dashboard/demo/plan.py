"""How many rows of each kind there are, and the day of each: the plan that the rows are made from.

A row is known by its stream and its number in it; everything else about it is drawn from that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.demo.draws import Draws, cumulative
from dashboard.demo.plants import PLANTS, Plant
from dashboard.demo.profiles import SHARES
from dashboard.demo.roads import DISEASE, corridor, places_of
from dashboard.demo.seasons import DAYS, VAN_SEATS, day_number, disease_days, van_days

#: Fewer rows than this do not hold one of each kind.
SMALLEST = 1_000


@dataclass(frozen=True)
class Stream:
    """Rows that come about in the same way: `reception`, `screening`, `clinic` or `plant`."""

    kind: str
    disease: str
    n: int
    plant: Plant | None = None

    @property
    def name(self) -> str:
        """Its name among all streams."""
        return self.plant.code if self.plant else f"{self.kind}:{self.disease}"


@dataclass(frozen=True)
class Plan:
    """Every row in the order of its day.

    `stream`, `index`, `day`: shape (n,). `van_first`: first person of each van, shape (n_vans + 1,);
    `van_day`, shape (n_vans,), and `van_code`, the name of each van. `corridor`: place of the outbreak along
    a road at which a row is seen, -1 elsewhere, shape (n,).
    """

    draws: Draws
    streams: tuple[Stream, ...]
    stream: np.ndarray
    index: np.ndarray
    day: np.ndarray
    van_first: np.ndarray
    van_day: np.ndarray
    van_code: np.ndarray
    corridor: np.ndarray


def streams(n: int) -> tuple[Stream, ...]:
    """The streams of `n` rows in all; what rounding leaves over goes to the largest remainders."""
    if n < SMALLEST:
        raise ValueError(f"the demo needs at least {SMALLEST} records, not {n}")
    planted = tuple(Stream("plant", plant.disease, plant.cases(n), plant) for plant in PLANTS)
    rest = n - sum(stream.n for stream in planted)
    counts = {key: rest * share // 10_000 for key, share in SHARES.items()}
    by_remainder = sorted(SHARES, key=lambda key: (-(rest * SHARES[key] % 10_000), key))
    for key in by_remainder[: rest - sum(counts.values())]:
        counts[key] += 1
    usual = tuple(Stream(kind, disease, count) for (kind, disease), count in counts.items())
    return usual + planted


def _spread(draws: Draws, tag: str, n: int, weights: np.ndarray) -> np.ndarray:
    """Days of `n` rows in rising order, in proportion to the weights of the days."""
    order = np.arange(n)
    sums = cumulative(weights)
    aim = (order + draws.uniform(tag, order)) / max(n, 1) * sums[-1]
    return np.minimum(np.searchsorted(sums, aim, side="right"), len(weights) - 1)


def _vans(draws: Draws, people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First person, day and name of each van for so many people."""
    n_vans = max(1, (people + VAN_SEATS // 2) // VAN_SEATS)
    number = np.arange(n_vans + 1)
    first = number * people // n_vans
    first[1:-1] += draws.between("van seats", number[1:-1], -3, 3)
    day = _spread(draws, "van day", n_vans, van_days(draws))
    within = np.arange(n_vans) - np.searchsorted(day, day, side="left") + 1
    codes = [f"V{DAYS[d]:%Y%m%d}-{k:03d}" for d, k in zip(day.tolist(), within.tolist(), strict=True)]
    return first, day, np.array(codes, dtype=object)


def van_person(stream: Stream, reception: int, index: np.ndarray) -> np.ndarray:
    """Number of the van passenger that each row of a reception or screening stream is about."""
    if stream.kind == "reception":
        return index
    return index * reception // max(stream.n, 1)


def _days(draws: Draws, stream: Stream, reception: int, first: np.ndarray, van_day: np.ndarray) -> np.ndarray:
    if stream.plant:
        start, end = day_number(stream.plant.start), day_number(stream.plant.end)
        key = np.arange(stream.n)
        return np.sort(draws.between(f"day:{stream.name}", key, start, end))
    if stream.kind == "clinic":
        return _spread(draws, f"day:{stream.name}", stream.n, disease_days(draws, stream.disease))
    people = van_person(stream, reception, np.arange(stream.n))
    return van_day[np.searchsorted(first, people, side="right") - 1]


def make_plan(seed: int, n: int) -> Plan:
    """Plan of `n` rows, sorted by day."""
    draws = Draws(seed)
    every = streams(n)
    reception = every[0].n
    first, van_day, van_code = _vans(draws, reception)
    day = np.concatenate([_days(draws, stream, reception, first, van_day) for stream in every])
    stream = np.repeat(np.arange(len(every), dtype=np.int16), [stream.n for stream in every])
    index = np.concatenate([np.arange(stream.n) for stream in every])
    order = np.argsort(day, kind="stable")
    stream, index, day = stream[order], index[order], day[order]
    along = _along(draws, every, stream, index, day)
    return Plan(draws, every, stream, index, day, first, van_day, van_code, along)


def _along(
    draws: Draws, every: tuple[Stream, ...], stream: np.ndarray, index: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """Place of the outbreak along a road of rows that are seen there: of those of its disease and days some.

    No other row changes for them.
    """
    planted = corridor(draws.seed)
    clinic = next(n for n, one in enumerate(every) if (one.kind, one.disease) == ("clinic", DISEASE))
    first, last = day_number(planted.start), day_number(planted.end)
    may = np.flatnonzero((stream == clinic) & (day >= first) & (day <= last))
    chosen = may[np.argsort(draws.bits("corridor row", index[may]), kind="stable")]
    chosen = chosen[: planted.cases(len(day))]
    found = np.full(len(day), -1)
    found[chosen] = places_of(draws.seed, index[chosen])
    return found


def sizes_as_markdown(n: int) -> str:
    """Records of each disease among `n`, as a table."""
    sizes: dict[str, int] = {}
    for stream in streams(n):
        sizes[stream.disease] = sizes.get(stream.disease, 0) + stream.n
    ordered = sorted(sizes.items(), key=lambda item: -item[1])
    head = f"| disease | rows of {n:,} |\n|---|---|\n"
    return head + "".join(f"| {disease} | {size:,} |\n" for disease, size in ordered)
