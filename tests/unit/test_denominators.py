"""Denominators as arithmetic: of which year, what sums there are, and what is never made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from dashboard.demo.beside import population
from geodata.provinces import PROVINCES
from surveillance.denominators import ages, figures
from surveillance.denominators.agreement import disagreements
from surveillance.denominators.kinds import COUNTRY, KINDS, LEVELS, Denominator, interval_needed, may_stand
from surveillance.errors import StatisticsError
from surveillance.vocabulary import AGE_BANDS
from tests.support.examples import examples

FIGURE = Denominator("population", "KH01", 2019, 1000, None, None, None, None, "NIS", "census")


def of(**values):
    return replace(FIGURE, **values)


def test_only_what_is_modelled_needs_an_interval_below_the_country():
    needing = {code for code, kind in KINDS.items() if interval_needed(kind, "province")}
    assert needing == {"estimated_tb", "plhiv"}
    assert not any(interval_needed(kind, "country") for kind in KINDS.values())
    assert all(may_stand(kind, "province") for kind in KINDS.values())
    assert {kind.unit for kind in KINDS.values()} == {"people", "cases"}
    assert all(kind.lowest in LEVELS for kind in KINDS.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0-4", "0-4"), ("០-៤", "0-4"), ("5–9", "5-9"), ("5 to 14 years", "5-14"), ("65+", "65+"),
        ("65 and over", "65+"), (">= 80", "80+"), ("Under 5", "0-4"), ("7", "7-7"), ("", None),
        ("All ages", None), ("សរុប", None), ("0+", None), ("១៥-២៤ ឆ្នាំ", "15-24"),
    ],
)  # fmt: skip
def test_ages_are_read_as_tables_write_them(text, code):
    assert ages.code_of(ages.read_range(text)) == code


@pytest.mark.parametrize("text", ["14-May", "14-5", "131+", "-4", "adult", "5-", "2025-05-14"])
def test_what_is_no_range_of_ages_is_refused(text):
    with pytest.raises(ValueError):
        ages.read_range(text)


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=7))
@example([(0, 4), (5, 9), (0, 9)])
def test_ranges_make_a_whole_exactly_where_some_of_them_do(pairs):
    ranges = [(min(pair), max(pair)) for pair in pairs]
    found = ages.tiles(ranges, (0, 9))
    whole = list(range(10))
    ways = [
        some
        for size in range(1, len(ranges) + 1)
        for some in combinations(sorted(set(ranges)), size)
        if sorted(year for first, last in some for year in range(first, last + 1)) == whole
    ]
    assert (found is None) == (not ways)
    if found is not None:
        assert len(found) == min(map(len, ways))
        assert found in ways


def test_five_year_groups_become_the_bands_of_the_records():
    groups = {f"{first}-{first + 4}": 1.0 for first in range(0, 80, 5)} | {"80+": 3.0}
    found = ages.in_bands(groups)
    assert found == {"0-4": 1, "5-14": 2, "15-24": 2, "25-49": 5, "50-64": 3, "65+": 6}
    assert "25-49" not in ages.in_bands({name: one for name, one in groups.items() if name != "30-34"})


def test_the_nearest_earlier_year_stands_in_and_never_a_later_one():
    known = [of(year=year) for year in (1998, 2008, 2019)]
    assert [one.year for one in figures.in_force(known, 2018)] == [2008]
    assert [one.year for one in figures.in_force(known, 2019)] == [2019]
    assert figures.in_force(known, 1997) == []
    assert figures.person_time(known, date(1997, 1, 1), date(1998, 12, 31)) is None


def test_person_time_is_each_years_part_of_its_own_figure():
    known = [of(year=2019, value=1000), of(year=2024, value=2000, grade="projection", source="NIS 2024")]
    found = figures.person_time(known, date(2023, 7, 1), date(2024, 3, 31))
    assert found.value == pytest.approx(1000 * 184 / 365 + 2000 * 91 / 366)
    assert (found.years, found.sources) == ((2019, 2024), ("NIS", "NIS 2024"))
    assert found.grades == ("census", "projection")
    assert figures.person_time(known, date(2023, 1, 1), date(2023, 12, 31)).value == 1000
    with pytest.raises(StatisticsError, match="ends before"):
        figures.person_time(known, date(2024, 2, 1), date(2024, 1, 1))
    with pytest.raises(StatisticsError, match="one year"):
        figures.person_time([FIGURE, FIGURE], date(2024, 1, 1), date(2024, 2, 1))


@settings(max_examples=examples(100))
@given(st.dates(date(2019, 1, 1), date(2026, 1, 1)), st.integers(0, 900), st.integers(0, 900))
def test_person_time_of_two_parts_is_that_of_both(first, one, other):
    known = [of(year=2019, value=700), of(year=2022, value=900), of(year=2025, value=100)]
    middle = first + timedelta(days=one)
    last = middle + timedelta(days=1 + other)
    parts = [
        figures.person_time(known, first, middle).value,
        figures.person_time(known, middle + timedelta(days=1), last).value,
    ]
    assert sum(parts) == pytest.approx(figures.person_time(known, first, last).value)


def test_a_total_is_made_of_both_sexes_and_of_ages_without_gap_and_of_nothing_less():
    parts = [of(sex=sex, age=band[0], value=10) for sex in ("female", "male") for band in AGE_BANDS]
    found = {(one.sex, one.age): one for one in figures.completed(parts)}
    assert found[None, None].value == 120
    assert found["female", None].value == 60
    assert found[None, "5-14"].value == 20
    assert "sum of" in found[None, None].source
    less = [one for one in parts if (one.sex, one.age) != ("male", "5-14")]
    found = {(one.sex, one.age) for one in figures.completed(less)}
    assert (None, None) not in found
    assert (None, "5-14") not in found
    assert ("female", None) in found
    assert figures.completed([of(sex="female")]) == [of(sex="female")]


def test_what_was_given_stands_beside_its_parts():
    given_total = of(value=1000)
    found = figures.completed([given_total, of(sex="female", value=400), of(sex="male", value=500)])
    assert found[0] == given_total


def test_no_sum_has_an_interval_and_modelled_figures_are_not_summed():
    parts = [of(sex=sex, lower=1, upper=2000) for sex in ("female", "male")]
    total = figures.completed(parts)[0]
    assert (total.value, total.lower, total.upper) == (2000, None, None)
    tb = [replace(one, kind="estimated_tb") for one in parts]
    assert {one.sex for one in figures.completed(tb)} == {"female", "male"}
    everywhere = [of(kind="plhiv", area=code, lower=1, upper=2000) for code in PROVINCES]
    assert figures.country_from(everywhere, list(PROVINCES), COUNTRY) is None


def test_the_country_is_the_sum_of_all_its_provinces_or_unknown():
    census = [of(area=code, value=one.population_2019) for code, one in PROVINCES.items()]
    assert figures.country_from(census, list(PROVINCES), COUNTRY).value == 15_552_211
    assert figures.country_from(census[1:], list(PROVINCES), COUNTRY) is None


def test_a_projection_lies_between_two_censuses_and_says_so():
    earlier, later = of(year=2008, value=1000), of(year=2019, value=2000)
    found = figures.projected(earlier, later, 2013)
    assert found.value == pytest.approx(1000 * 2 ** (5 / 11))
    assert found.grade == "projection"
    assert "between 2008 and 2019" in found.source
    for year in (2008, 2019, 2025):
        with pytest.raises(StatisticsError, match="past a census"):
            figures.projected(earlier, later, year)
    with pytest.raises(StatisticsError, match="same people"):
        figures.projected(earlier, replace(later, area="KH02"), 2013)
    with pytest.raises(StatisticsError, match="zero"):
        figures.projected(replace(earlier, value=0), later, 2013)


def test_a_year_between_two_figures_is_projected_only_where_that_is_asked():
    known = [of(year=2008, value=1000), of(year=2018, value=4000)]
    days = date(2013, 1, 1), date(2013, 12, 31)
    assert figures.person_time(known, *days).value == 1000
    found = figures.person_time(known, *days, project=True)
    assert (round(found.value), found.years, found.grades) == (2000, (2013,), ("projection",))
    later = date(2025, 1, 1), date(2025, 12, 31)
    assert figures.person_time(known, *later, project=True) == figures.person_time(known, *later)
    exact = date(2018, 1, 1), date(2018, 12, 31)
    assert figures.person_time(known, *exact, project=True).grades == ("census",)


def test_the_demo_says_which_figures_are_invented_and_its_parts_make_its_totals():
    rows = population.rows()
    census = {row["area"]: row["population"] for row in rows if row["grade"] == "census"}
    assert sum(census.values()) == 15_552_211
    parts = [row for row in rows if row["sex"]]
    assert {row["area"]: 0 for row in parts}.keys() == census.keys()
    for area, total in census.items():
        assert sum(row["population"] for row in parts if row["area"] == area) == total
    assert all(row["source"].startswith("synthetic demo") for row in rows if row["grade"] == "other")
    assert {row["kind"] for row in rows if row["area"] == "KH"} == {"at_risk", "estimated_tb", "plhiv"}
    assert not [row for row in rows if row["kind"] in ("estimated_tb", "plhiv") and row["area"] != "KH"]


def test_figures_of_two_years_are_not_summed():
    with pytest.raises(StatisticsError):
        figures.summed([FIGURE, of(year=2020)])
    with pytest.raises(StatisticsError):
        figures.summed([])
    assert figures.summed([of(grade="estimate"), FIGURE]).grade == "estimate"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ([of(sex="female", value=600), of(sex="male", value=600)], "sexes_exceed"),
        ([of(sex="female", value=500), of(sex="male", value=503)], None),  # rounded
        ([of(age="0-4", value=1200)], "ages_exceed"),
        ([of(age="0-9", value=10), of(age="5-14", value=10)], "ages_overlap"),
        ([of(kind="at_risk", value=1100)], "exceeds_population"),
        ([of(kind="at_risk", value=900)], None),
        ([of(year=2008, value=100)], "far_from_other_year"),
        ([of(area="KH", value=900)], "provinces_exceed"),
        ([of(area="KH", value=1000)], None),
    ],
)
def test_what_does_not_agree_is_told(more, what):
    assert [one.what for one in disagreements([FIGURE, *more])] == ([what] if what else [])
