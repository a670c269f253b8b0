"""Whether population figures agree: parts with totals, subsets with the whole, years with each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from surveillance.denominators import ages
from surveillance.denominators.figures import SEXES
from surveillance.denominators.kinds import COUNTRY, KINDS, Denominator

#: Shares by which sums may differ from their totals: figures are rounded.
ROUNDING = 0.005
#: A figure that is so many times another year's is told: a digit too many or too few makes ten.
_TIMES = 3.0
_Key = tuple[str, str, int]


@dataclass(frozen=True)
class Disagreement:
    """Two figures that do not agree: nothing is refused for it, and it is told."""

    what: str
    """`sexes_exceed`, `ages_exceed`, `ages_overlap`, `provinces_exceed`, `exceeds_population` or
    `far_from_other_year`."""
    kind: str
    area: str
    year: int
    part: float
    whole: float


def disagreements(figures: Iterable[Denominator]) -> list[Disagreement]:
    """Find what does not agree among figures.

    Parameters
    ----------
    figures : iterable of Denominator
        Those in force: of each kind, area, year, sex and age one.

    Returns
    -------
    list of Disagreement
        In the order of kind, area and year.

    Examples
    --------
    >>> def of(value, sex=None):
    ...     return Denominator("population", "KH23", 2019, value, None, None, sex, None, "", "census")
    >>> [one.what for one in disagreements([of(100), of(60, "female"), of(60, "male")])]
    ['sexes_exceed']
    """
    groups: dict[_Key, dict[tuple[str | None, str | None], float]] = defaultdict(dict)
    for one in figures:
        groups[one.kind, one.area, one.year][one.sex, one.age] = one.value
    found: list[Disagreement] = []
    for key in sorted(groups):
        group = groups[key]
        found += _within(key, group)
        found += _of_the_population(key, group, groups)
        found += _other_years(key, group, groups)
    return found + _provinces(groups)


def _exceeds(part: float, whole: float) -> bool:
    return part > whole * (1 + ROUNDING)


def _within(key: _Key, group: Mapping[tuple[str | None, str | None], float]) -> list[Disagreement]:
    """Compare sexes and ages of one area with its totals."""
    found = []
    by_age: dict[str | None, dict[str, float]] = defaultdict(dict)
    for (sex, age), value in group.items():
        if sex is not None:
            by_age[age][sex] = value
    for age, parts in by_age.items():
        whole = group.get((None, age))
        if whole is not None and _exceeds(total := fsum(parts.values()), whole):
            found.append(Disagreement("sexes_exceed", *key, total, whole))
    for sex in (None, *SEXES):
        ranges = {ages.range_of(age): value for (its, age), value in group.items() if its == sex and age}
        ordered = sorted(ranges)
        if any(b[0] <= a[1] for a, b in pairwise(ordered)):
            chosen = ages.tiles(ranges, (0, ages.OLDEST))
            if chosen is None:
                found.append(Disagreement("ages_overlap", *key, len(ranges), 0))
                continue
            ordered = list(chosen)
        whole = group.get((sex, None))
        if whole is not None and _exceeds(total := fsum(ranges[one] for one in ordered), whole):
            found.append(Disagreement("ages_exceed", *key, total, whole))
    return found


def _of_the_population(
    key: _Key, group: Mapping[tuple[str | None, str | None], float], groups: Mapping[_Key, Mapping]
) -> list[Disagreement]:
    """Compare people of another kind with all people of the area."""
    kind, area, year = key
    everybody = groups.get(("population", area, year), {}).get((None, None))
    value = group.get((None, None))
    if kind == "population" or everybody is None or value is None or not _exceeds(value, everybody):
        return []
    return [Disagreement("exceeds_population", *key, value, everybody)]


def _other_years(
    key: _Key, group: Mapping[tuple[str | None, str | None], float], groups: Mapping[_Key, Mapping]
) -> list[Disagreement]:
    """Compare the total of an area with that of its nearest earlier year."""
    kind, area, year = key
    years = [its for k, a, its in groups if (k, a) == (kind, area) and its < year]
    value = group.get((None, None))
    before = groups[kind, area, max(years)].get((None, None)) if years else None
    if not value or not before or 1 / _TIMES < value / before < _TIMES:
        return []
    return [Disagreement("far_from_other_year", *key, value, before)]


def _provinces(groups: Mapping[_Key, Mapping]) -> list[Disagreement]:
    """Compare the provinces together with the country, of every kind."""
    sums: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (kind, area, year), group in groups.items():
        is_province = len(area) == len(COUNTRY) + 2 and area.startswith(COUNTRY) and area[2:].isdigit()
        if kind in KINDS and is_province and (None, None) in group:
            sums[kind, year].append(group[None, None])
    found = []
    for (kind, year), parts in sorted(sums.items()):
        whole = groups.get((kind, COUNTRY, year), {}).get((None, None))
        if whole is not None and _exceeds(total := fsum(parts), whole):
            found.append(Disagreement("provinces_exceed", kind, COUNTRY, year, total, whole))
    return found
