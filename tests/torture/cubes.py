"""`python -m tests.torture cubes --seed N --count N`: random releases, suppressed and then attacked.

A cube has at least five areas, four periods and two groups, in tables that are linked by their totals, and
hierarchies of periods. Nine of ten have no more than that (five places of care and of home, four quarters and
their year, two values of one axis), and are released twice: the second release has further periods. Each
tenth may be larger (six places, crossings, months, three values), and is released once or twice. Each cube
is attacked at the threshold within the programme, and each fourth at the one for what leaves it.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from surveillance.disclosure.audit import Report, audit
from surveillance.disclosure.audited import numbers_of, truth_of
from surveillance.disclosure.model import Block
from surveillance.disclosure.published import published
from surveillance.disclosure.suppress import suppress
from tests.support.release_cubes import Country, block_of, year_of

_SHOWN = 20
#: Cubes after which it says how far it is; of so many one is larger than it must be.
_TELL, _LARGE = 50, 10


@dataclass
class Reached:
    """Cubes that were attacked, what was looked at, and the seeds of those that told too much."""

    rounds: int = 0
    wrong: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Cube:
    """One or two releases of a made-up disease and year; `until` are the months that each knows."""

    blocks: list[Block]
    until: list[int]


def cube(seed: int) -> Cube:
    """Draw a cube: few places, few people, many zeros."""
    random = np.random.default_rng(seed)
    country = Country(
        provinces=int(random.integers(4, 6)),
        crossings=int(random.integers(2, 4)),
        homes=int(random.integers(5, 7)),
        axes={"sex": (0.55, 0.45) if random.random() < 0.7 else (0.5, 0.4, 0.1)},
        steep=float(random.random() * 1.5),
    )
    lattice = {"care": 2, "home": 1, "group": 2}
    if random.random() < 0.4:
        lattice["crossing"] = 2
    if random.random() < 0.05:
        lattice |= {"care": 3, "home": 2}
    people = int(10 ** (1 + 1.8 * random.random()))
    tables = year_of(country, people, lattice, 12, random)
    until = [9, 12] if random.random() < 0.5 else [12]
    return Cube(
        [block_of("malaria", 2024, months, [_first(t, months) for t in tables]) for months in until], until
    )


def least(seed: int) -> Cube:
    """Draw a cube of the least size; two releases of it."""
    random = np.random.default_rng(seed)
    country = Country(provinces=4, homes=5, axes={"sex": (0.55, 0.45)}, steep=float(random.random() * 1.5))
    people = int(10 ** (1 + 1.8 * random.random()))
    tables = year_of(country, people, {"care": 2, "home": 1, "group": 2}, 12, random)
    until = [9, 12]
    return Cube([block_of("malaria", 2024, m, [_first(t, m) for t in tables]) for m in until], until)


def _first(table, months: int):
    return replace(table, counts=table.counts[:, :months])


def attack(drawn: Cube, k: int, lower: int | None = None) -> Report:
    """Suppress every release of a cube one after the other, and attack the last with all of them."""
    patterns, told = {}, {}
    for block in drawn.blocks:
        for threshold in filter(None, (lower, k)):
            pattern = suppress(
                block, threshold, patterns.get(threshold), patterns.get(lower) if threshold == k else None
            )
            patterns[threshold] = pattern
            told.setdefault(threshold, []).append(numbers_of([published(block, pattern)]))
    return audit(told[k], k, truth=truth_of(drawn.blocks[-1:]))


def run(seed: int, count: int) -> Reached:
    """Attack `count` cubes; the same seed draws the same ones."""
    reached = Reached()
    for number in range(count):
        own = seed * 1_000_000 + number
        drawn = least(own) if number % _LARGE else cube(own)
        for k, lower in ((5, None), (11, 5)):
            if k == 11 and number % 4:
                continue
            report = attack(drawn, k, lower)
            reached.figures.update(report.figures)
            if report.refused:
                reached.wrong.append(f"{own} (k = {k})")
                if len(reached.wrong) <= _SHOWN:
                    print(f"cube {own}, k = {k}, {len(report.findings)} findings:", file=sys.stderr)
                    print(*map(str, report.findings[:3]), sep="\n", file=sys.stderr)
        reached.rounds += 1
        if reached.rounds % _TELL == 0:
            told = f"{reached.rounds} cubes, until {own}; wrong: {len(reached.wrong)}"
            print(told, file=sys.stderr, flush=True)
    print(f"looked at {dict(reached.figures)}; wrong: {len(reached.wrong)}")
    return reached
