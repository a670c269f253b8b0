"""How often a map marks something by chance, and how often it finds a real change: `python -m docs.chance`.

Each simulated country has 25 provinces of 5 to 17 facilities whose level and volume differ as those of the
demo do. People come in vans of about 43, and those of one van are alike (beta-binomial). In most settings
nothing changes between the two periods.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from surveillance.coverage.area_changes import changes
from surveillance.coverage.design_effect import MILLION, VanSums, correlation, design_effect
from surveillance.coverage.paired_change import Group, p_values, paired, unpaired

PROVINCES = 25
#: One facility in one period: yes, people, and sums over its vans.
Seen = tuple[int, int, VanSums]


@dataclass(frozen=True)
class Setting:
    """`vans`: mean number of vans of a facility and period; `growth`: how many times as many come later.

    `opened`: share of the facilities that exist in the later period only. `change`: by how much the first
    province is lower later. `alone`: people who came alone, for each facility and period.
    """

    name: str
    correlation: float = 0.02
    size: int = 43
    vans: float = 4
    growth: float = 1
    opened: float = 0
    change: float = 0
    alone: float = 0


SETTINGS = (
    Setting("vans of 43, correlation .02"),
    Setting("four times as many people later", growth=4),
    Setting("three facilities in ten are new", opened=0.3),
    Setting("few vans", vans=0.7),
    Setting("many vans: facilities have their own correlation", vans=15),
    Setting("half of the people came alone", size=20, alone=60),
    Setting("no correlation", correlation=0),
    Setting("correlation .05", correlation=0.05),
)
FOUND = (
    Setting("5 points lower in one province", change=0.05),
    Setting("10 points lower in one province", change=0.10),
    Setting("15 points lower in one province", change=0.15),
)


def seen(rng: np.random.Generator, setting: Setting, share: float, vans: int, alone: int) -> Seen:
    """Draw the people of one facility and period."""
    people = rng.integers(setting.size - 3, setting.size + 4, vans)
    shares = np.full(vans, share)
    if setting.correlation:
        more = (1 - setting.correlation) / setting.correlation
        shares = rng.beta(share * more, (1 - share) * more, vans)
    yes = rng.binomial(people, shares)
    sums = VanSums(
        vans,
        int(people.sum()),
        int((people**2).sum()),
        int(yes.sum()),
        int((yes**2 * MILLION // people).sum()) if vans else 0,
    )
    return int(yes.sum() + rng.binomial(alone, share)), int(people.sum()) + alone, sums


def country(rng: np.random.Generator, setting: Setting) -> list[list[dict[str, Seen]]]:
    """For each province the facilities of the earlier period, and those of the later one."""
    provinces = []
    for province in range(PROVINCES):
        sides: list[dict[str, Seen]] = [{}, {}]
        for number in range(rng.integers(5, 18)):
            volume, share = rng.lognormal(0, 0.8), np.clip(rng.normal(0.75, 0.12), 0.05, 0.98)
            new = rng.random() < setting.opened
            for later, side in enumerate(sides):
                if new and not later:
                    continue
                here = float(share - (setting.change if later and not province else 0))
                growth = setting.growth if later else 1
                vans = int(rng.poisson(setting.vans * volume * growth * rng.lognormal(0, 0.3)))
                alone = int(rng.poisson(setting.alone * volume * growth))
                side[str(number)] = seen(rng, setting, max(here, 0.02), vans, alone)
        provinces.append(sides)
    return provinces


@dataclass(frozen=True)
class Map:
    """Marked provinces; whether the first one is; and how many would be marked as it was done before."""

    marked: int
    first: bool
    before: int


def _together(groups: dict[str, Group]) -> Group:
    return Group(sum(g.numerator for g in groups.values()), sum(g.denominator for g in groups.values()))


def one_map(rng: np.random.Generator, setting: Setting) -> Map:
    """Draw a country, and mark it as the dashboard does, and as it did before."""
    provinces = country(rng, setting)
    every = [sums for sides in provinces for side in sides for *_, sums in side.values()]
    pooled = correlation(every)
    pairs = []
    crude = []
    for sides in provinces:
        earlier, now = (
            {name: Group(x, n, design_effect(x, n, [sums], pooled)) for name, (x, n, sums) in side.items()}
            for side in sides
        )
        pairs.append(paired(now, earlier))
        crude.append(unpaired(_together(now), _together(earlier)))
    found = changes(pairs)
    old = p_values([one for one in crude if one is not None])
    return Map(
        sum(change is not None and change.marked for change in found),
        found[0] is not None and found[0].marked,
        int((old <= 0.05).sum()),
    )


def simulate(setting: Setting, maps: int, seed: int = 1) -> list[Map]:
    """Some maps of one setting."""
    rng = np.random.default_rng(seed)
    return [one_map(rng, setting) for _ in range(maps)]


def table(maps: int) -> str:
    """What the simulations say, as Markdown."""
    lines = [
        "| nothing changes | maps that mark a province | before: maps, provinces a map |",
        "| --- | --- | --- |",
    ]
    for setting in SETTINGS:
        found = simulate(setting, maps)
        marked = np.mean([one.marked > 0 for one in found])
        old = [one.before for one in found]
        lines.append(
            f"| {setting.name} | {marked:.1%} | {np.mean([n > 0 for n in old]):.0%}, {np.mean(old):.1f} |"
        )
    lines += ["", "| one province changes | maps that mark it |", "| --- | --- |"]
    for setting in FOUND:
        found = simulate(setting, maps)
        lines.append(f"| {setting.name} | {np.mean([one.first for one in found]):.0%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{table(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)}\n")
