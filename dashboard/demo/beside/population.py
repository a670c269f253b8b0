"""Denominators of the demo: published figures where there are any, and invented ones that say so."""

from __future__ import annotations

from typing import Any

from dashboard.demo.facilities import FOREST, facilities
from geodata.provinces import POPULATION_CAVEAT, PROVINCES
from surveillance.denominators.kinds import COUNTRY
from surveillance.vocabulary import AGE_BANDS

COLUMNS = ("area", "year", "population", "sex", "age", "kind", "lower", "upper", "source", "grade")
INVENTED = "synthetic demo: invented"
_SPLIT = "synthetic demo: the census total of the province in invented shares"
_OF_DISTRICT = "synthetic demo: the census total of the province in equal parts"
#: Invented shares of the sexes and age bands, per thousand.
_SEXES = {"female": 513, "male": 487}
_AGES = dict(zip((code for code, _, _ in AGE_BANDS), (95, 200, 175, 360, 115, 55), strict=True))
#: Of the country: kind, year, figure, limits, source, grade.
PUBLISHED: tuple[tuple[str, int, int, int | None, int | None, str, str], ...] = (
    (
        "at_risk",
        2017,
        8_568_000,
        None,
        None,
        "Asia Pacific Malaria Elimination Network, page of Cambodia: 56% of 15.3 million people",
        "estimate",
    ),
    (
        "estimated_tb",
        2019,
        50_000,
        43_800,
        57_800,
        "Global Burden of Disease 2019, doi:10.1186/s12879-022-07891-5: all forms, 95% uncertainty interval",
        "estimate",
    ),
    (
        "plhiv",
        2023,
        76_000,
        None,
        None,
        "National AIDS Authority and UNAIDS, joint statement of 8 July 2024; interval not given there",
        "estimate",
    ),
)


def rows() -> list[dict[str, Any]]:
    """Rows of a file of population figures."""
    found = [
        _row(code, 2019, one.population_2019, POPULATION_CAVEAT, "census") for code, one in PROVINCES.items()
    ]
    for code, one in PROVINCES.items():
        for (sex, age), people in _split(one.population_2019).items():
            found.append(_row(code, 2019, people, _SPLIT, "other", sex=sex, age=age))
    for code in FOREST:  # two of five people, invented: no published figure by province was found
        people = PROVINCES[code].population_2019 * 2 // 5
        found.append(_row(code, 2019, people, INVENTED, "other", kind="at_risk"))
    found += [
        _row(f"OD {name}", 2019, people, _OF_DISTRICT, "other") for name, people in _districts().items()
    ]
    for kind, year, value, lower, upper, source, grade in PUBLISHED:
        found.append(_row(COUNTRY, year, value, source, grade, kind=kind, lower=lower, upper=upper))
    return found


def _districts() -> dict[str, int]:
    """People of each operational district: a province in equal parts, the first with what is over."""
    found: dict[str, int] = {}
    for code, one in PROVINCES.items():
        names = sorted(
            {place.operational_district for place in facilities() if place.province == code} - {""}
        )
        for at, name in enumerate(names):
            left = one.population_2019 % len(names) if at == 0 else 0
            found[name] = one.population_2019 // len(names) + left
    return found


def _row(area: str, year: int, people: int, source: str, grade: str, **more: Any) -> dict[str, Any]:
    said = {"area": area, "year": year, "population": people, "source": source, "grade": grade} | more
    return {name: "" if said.get(name) is None else said[name] for name in COLUMNS}


def _split(total: int) -> dict[tuple[str, str], int]:
    """A total by sex and age: whole people, which add up to it."""
    parts = {(sex, age): total * one * other for sex, one in _SEXES.items() for age, other in _AGES.items()}
    found = {key: part // 1_000_000 for key, part in parts.items()}
    left = total - sum(found.values())
    for key in sorted(parts, key=lambda key: (-(parts[key] % 1_000_000), key))[:left]:
        found[key] += 1
    return found
