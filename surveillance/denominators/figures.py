"""Arithmetic of denominators: of which year, summed over sex and age, and for a part of a year.

Nothing is filled in. A figure that is not there, and that parts which are there do not make, is unknown. What
is summed or projected says so in its source; a national rate is never multiplied with a population.
"""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum

from surveillance.denominators import ages
from surveillance.denominators.kinds import GRADES, KINDS, Denominator
from surveillance.errors import StatisticsError
from surveillance.vocabulary import AGE_BANDS

#: Sexes that together are everybody, where a source gives both.
SEXES = ("female", "male")
_RANKS = {code: rank for rank, code in enumerate(GRADES)}


@dataclass(frozen=True)
class PersonTime:
    """People times years, over the days of a period."""

    value: float
    """Person-years."""
    years: tuple[int, ...]
    """Years of the figures that were taken, in order."""
    sources: tuple[str, ...]
    """Who says so, each once."""
    grades: tuple[str, ...]
    """What they rest on, each once, best first."""


def year_for(years: Iterable[int], asked: int) -> int | None:
    """Choose the year whose figure stands for another one: the same, else the nearest earlier one.

    Parameters
    ----------
    years : iterable of int
        Of which there are figures.
    asked : int

    Returns
    -------
    int or None
        None where there is no figure of that year or before: then the denominator is unknown. A figure of a
        later year is not taken.

    Examples
    --------
    >>> year_for([2008, 2019, 2030], 2025), year_for([2030], 2025) is None
    (2019, True)
    """
    return max((year for year in years if year <= asked), default=None)


def in_force(figures: Iterable[Denominator], year: int) -> list[Denominator]:
    """Keep the figures that stand for a year: of each kind and area those of one year, by :func:`year_for`.

    Parameters
    ----------
    figures : iterable of Denominator
    year : int

    Returns
    -------
    list of Denominator
        In the order in which they came. Parts and total of an area have one year: where the newest year
        has no figure of one sex, none of an older year stands in.

    Examples
    --------
    >>> def figure(year):
    ...     return Denominator("population", "KH01", year, 9, None, None, None, None, "NIS", "census")
    >>> [one.year for one in in_force(map(figure, (2008, 2019, 2030)), 2025)]
    [2019]
    """
    listed = list(figures)
    years: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in listed:
        years[one.kind, one.area].add(one.year)
    taken = {key: year_for(found, year) for key, found in years.items()}
    return [one for one in listed if taken[one.kind, one.area] == one.year]


def summed(parts: Sequence[Denominator], said: str = "") -> Denominator:
    """Sum figures of one kind into one: of sexes, of ages, or of areas.

    Parameters
    ----------
    parts : sequence of Denominator
        Of one kind and year.
    said : str
        How the sum was made, for its source.

    Returns
    -------
    Denominator
        Area, sex and age are those of the first part: the caller says what the sum is of. Its interval is
        unknown where it is the sum of several: intervals of parts do not add up. Its grade is the worst of
        its parts.

    Raises
    ------
    StatisticsError
        There is no part, or the parts have several kinds or years.

    Examples
    --------
    >>> one = Denominator("population", "KH01", 2019, 9, None, None, "female", None, "NIS", "census")
    >>> summed([one, one], "sum of both sexes").value
    18.0
    """
    if not parts or len({(one.kind, one.year) for one in parts}) != 1:
        raise StatisticsError("figures of one kind and year can be summed, and nothing else")
    if len(parts) == 1:
        return parts[0]
    sources = "; ".join(dict.fromkeys(one.source for one in parts))
    return replace(
        parts[0],
        value=fsum(one.value for one in parts),
        lower=None,
        upper=None,
        source=f"{sources} ({said})" if said and sources else sources or said,
        grade=max((one.grade for one in parts), key=lambda grade: _RANKS.get(grade, len(_RANKS))),
    )


def completed(figures: Iterable[Denominator]) -> list[Denominator]:
    """Bring figures into the age bands of the records, and add every sum that their parts make.

    Parameters
    ----------
    figures : iterable of Denominator
        As they were given: perhaps in five-year groups, perhaps by sex alone.

    Returns
    -------
    list of Denominator
        For each kind, area and year: all ages and each band, of both sexes and of each, as far as it was
        given or follows. What was given stands. A sum is made only where nothing was given, and of a whole
        alone: both sexes, ages without gap. Sums of modelled kinds are left out, since they have no
        interval.

    Examples
    --------
    >>> def part(sex):
    ...     return Denominator("population", "KH01", 2019, 5, None, None, sex, None, "NIS", "census")
    >>> [(one.sex, one.value) for one in completed([part("female"), part("male")])]
    [(None, 10.0), ('female', 5), ('male', 5)]
    """
    groups: dict[tuple[str, str, int], list[Denominator]] = defaultdict(list)
    for one in figures:
        groups[one.kind, one.area, one.year].append(one)
    return [made for group in groups.values() for made in _completed(group)]


def _completed(group: list[Denominator]) -> list[Denominator]:
    held = {(one.sex, one.age): one for one in group}
    if KINDS[group[0].kind].interval_below is None:
        for sex in dict.fromkeys(one.sex for one in group):
            _add_ages(held, sex)
        _add_sexes(held)
        _add_ages(held, None)
    bands = [None, *(code for code, _, _ in AGE_BANDS)]
    sexes = [None, *sorted({sex for sex, _ in held if sex is not None})]
    return [held[sex, age] for sex in sexes for age in bands if (sex, age) in held]


def _add_ages(held: dict[tuple[str | None, str | None], Denominator], sex: str | None) -> None:
    """Add the bands that the ranges of one sex make, and the total that they make."""
    ranges = {ages.range_of(age): one for (its, age), one in held.items() if its == sex and age is not None}
    wholes = [(code, (first, last)) for code, first, last in AGE_BANDS]
    for code, whole in (*wholes, (None, (0, ages.OLDEST))):
        if (sex, code) not in held and (chosen := ages.tiles(ranges, whole)) is not None:
            made = summed([ranges[one] for one in chosen], "sum of its ages")
            held[sex, code] = replace(made, sex=sex, age=code)


def _add_sexes(held: dict[tuple[str | None, str | None], Denominator]) -> None:
    """Add both sexes together where each is there."""
    for age in {age for _, age in held}:
        parts = [held.get((sex, age)) for sex in SEXES]
        if (None, age) not in held and all(parts):
            made = summed([one for one in parts if one is not None], "sum of both sexes")
            held[None, age] = replace(made, sex=None, age=age)


def country_from(
    figures: Iterable[Denominator], provinces: Sequence[str], country: str
) -> Denominator | None:
    """Sum the provinces to the country, where each of them has its figure.

    Parameters
    ----------
    figures : iterable of Denominator
        Of one kind and year, of all people; those of other areas are passed over.
    provinces : sequence of str
        Codes of every province.
    country : str
        Code of the country.

    Returns
    -------
    Denominator or None
        None where a province has no figure, or the kind is modelled with an interval.

    Examples
    --------
    >>> def of(area):
    ...     return Denominator("population", area, 2019, 5, None, None, None, None, "NIS", "census")
    >>> country_from([of("KH01"), of("KH02")], ["KH01", "KH02"], "KH").value
    10.0
    >>> country_from([of("KH01")], ["KH01", "KH02"], "KH") is None
    True
    """
    by_area = {one.area: one for one in figures if one.sex is None and one.age is None}
    parts = [by_area[area] for area in provinces if area in by_area]
    if not parts or len(parts) < len(provinces) or KINDS[parts[0].kind].interval_below is not None:
        return None
    return replace(summed(parts, f"sum of {len(parts)} provinces"), area=country)


def person_time(
    figures: Sequence[Denominator], first: date, last: date, *, project: bool = False
) -> PersonTime | None:
    """Count the person-years of a period: each calendar year's part times the figure in force for it.

    Parameters
    ----------
    figures : sequence of Denominator
        Of one kind, area, sex and age, of several years.
    first, last : date
        First and last day of the period.
    project : bool
        Whether a year between two figures has the one of steady growth between them (:func:`projected`),
        in place of the earlier one.

    Returns
    -------
    PersonTime or None
        None where a year of the period has no figure of its own or of an earlier year: unknown.

    Raises
    ------
    StatisticsError
        The period ends before it begins, or two figures share a year.

    References
    ----------
    Rothman KJ, Greenland S, Lash TL (2008). Modern Epidemiology, 3rd ed., chapter 3: person-time.

    Examples
    --------
    >>> one = Denominator("population", "KH01", 2019, 1000, None, None, None, None, "NIS", "census")
    >>> found = person_time([one], date(2025, 1, 1), date(2025, 12, 31))
    >>> found.value, found.years
    (1000.0, (2019,))
    >>> person_time([one], date(2018, 12, 1), date(2019, 1, 31)) is None
    True
    """
    if last < first:
        raise StatisticsError("the period ends before it begins")
    by_year = {one.year: one for one in figures}
    if len(by_year) < len(figures):
        raise StatisticsError("two figures are of one year: sum them first")
    parts: list[float] = []
    taken: dict[int, Denominator] = {}
    for year in range(first.year, last.year + 1):
        figure = _figure_of(by_year, year, project=project)
        if figure is None:
            return None
        begins, ends = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        days = (ends - begins).days + 1
        taken[figure.year] = figure
        parts.append(figure.value * days / (366 if isleap(year) else 365))
    grades = sorted({one.grade for one in taken.values()}, key=lambda grade: _RANKS.get(grade, len(_RANKS)))
    sources = tuple(dict.fromkeys(one.source for one in taken.values()))
    return PersonTime(fsum(parts), tuple(sorted(taken)), sources, tuple(grades))


def _figure_of(by_year: Mapping[int, Denominator], year: int, *, project: bool) -> Denominator | None:
    before = year_for(by_year, year)
    if before is None:
        return None
    after = min((one for one in by_year if one > year), default=None)
    if project and before != year and after is not None and by_year[before].value and by_year[after].value:
        return projected(by_year[before], by_year[after], year)
    return by_year[before]


def projected(earlier: Denominator, later: Denominator, year: int) -> Denominator:
    """Put a figure between two censuses, as if growth had been steady between them.

    Growth is exponential: the same share each year. It is made only where it is asked for, and says so.

    Parameters
    ----------
    earlier, later : Denominator
        Of one kind, area, sex and age.
    year : int
        Between their years.

    Returns
    -------
    Denominator
        Of the year asked for, with the grade `projection`; its interval is unknown.

    Raises
    ------
    StatisticsError
        They count other people, the year does not lie between theirs, or one of them is zero.

    References
    ----------
    Preston SH, Heuveline P, Guillot M (2001). Demography: Measuring and Modeling Population Processes,
    chapter 1.3 (the growth rate over a period).

    Examples
    --------
    >>> def of(year, value):
    ...     return Denominator("population", "KH01", year, value, None, None, None, None, "NIS", "census")
    >>> made = projected(of(2008, 100), of(2018, 400), 2013)
    >>> round(made.value), made.grade
    (200, 'projection')
    """
    same = [(one.kind, one.area, one.sex, one.age) for one in (earlier, later)]
    if same[0] != same[1]:
        raise StatisticsError("a projection lies between two figures of the same people")
    if not earlier.year < year < later.year:
        raise StatisticsError(
            f"{year} does not lie between {earlier.year} and {later.year}: nothing is projected past a census"
        )
    if earlier.value <= 0 or later.value <= 0:
        raise StatisticsError("a figure of zero has no growth")
    share = (year - earlier.year) / (later.year - earlier.year)
    sources = "; ".join(dict.fromkeys((earlier.source, later.source)))
    return replace(
        earlier,
        year=year,
        value=earlier.value ** (1 - share) * later.value**share,
        lower=None,
        upper=None,
        source=f"{sources} (between {earlier.year} and {later.year}, steady growth)",
        grade="projection",
    )
