"""Ages as they are written, and as they are computed from a birth."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from db.intake.dates.ages import age_in_year, age_on, parse_age, parse_birth_year, parse_months

VISIT = date(2025, 3, 4)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("34", 34),
        (" 34 ", 34),
        ("34.9", 34),
        ("34,5", 34),
        ("0", 0),
        ("130", 130),
        ("៣៤", 34),
        ("๓๔", 34),
        ("34 years", 34),
        ("34y", 34),
        ("34 Yrs old", 34),
        ("34 years old", 34),
        ("34 ans", 34),
        ("៣៤ ឆ្នាំ", 34),
        ("៣៤ឆ្នាំ", 34),
        ("អាយុ ៣៤ ឆ្នាំ", 34),
        ("8 months", 0),
        ("8m", 0),
        ("៨ ខែ", 0),
        ("18 months", 1),
        ("12 mths", 1),
        ("2 years 3 months", 2),
        ("2y3m", 2),
        ("២ឆ្នាំ ៣ខែ", 2),
        ("1 y 12 m", 2),
        ("3 weeks", 0),
        ("10 days", 0),
        ("៣ សប្តាហ៍", 0),
        ("<1", 0),
        ("< 1 year", 0),
        ("400 days", 1),
    ],
)
def test_an_age_is_completed_years_however_it_is_written(text, years):
    assert parse_age(text) == years


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old",
        "131",
        "131 years",
        "-3",
        "1991",
        "34 cm",
        "years",
        "3 4",
        "1e2",
        "34 m y",
        "999",
        "999 months",
        "999 days",
    ],
)
def test_what_is_no_age_is_refused(text):
    with pytest.raises(ValueError):
        parse_age(text)


@pytest.mark.parametrize(
    ("text", "years"), [("30", 2), ("11", 0), ("12", 1), ("៣០", 2), ("2 years", 2), ("1440", 120)]
)
def test_a_number_in_a_column_of_months_is_months(text, years):
    assert parse_months(text) == years


def test_999_months_are_no_age():
    with pytest.raises(ValueError):
        parse_months("999")


@pytest.mark.parametrize(("text", "year"), [("1991", 1991), ("2534", 1991), ("១៩៩១", 1991), ("1991.0", 1991)])
def test_a_year_of_birth_is_of_either_era(text, year):
    assert parse_birth_year(text) == year


@pytest.mark.parametrize("text", ["91", "1800", "2700", "year", ""])
def test_what_is_no_year_of_birth_is_refused(text):
    with pytest.raises(ValueError):
        parse_birth_year(text)


def test_an_age_is_complete_on_the_birthday():
    assert age_on(VISIT, date(1991, 3, 4)) == 34
    assert age_on(VISIT, date(1991, 3, 5)) == 33
    assert age_in_year(VISIT, 1991) == 34


@pytest.mark.parametrize("born", [date(2025, 3, 5), date(1890, 1, 1)])
def test_nobody_is_seen_before_birth_or_after_130_years(born):
    with pytest.raises(ValueError):
        age_on(VISIT, born)


@given(st.dates(date(1990, 1, 1), date(2026, 1, 1)), st.integers(0, 34_000))
def test_the_age_is_the_birthdays_that_were_counted(visit, days):
    born = visit - timedelta(days=days)
    assume((born.month, born.day) != (2, 29))
    later = (born + timedelta(days=n) for n in range(1, days + 1))
    assert age_on(visit, born) == sum((day.month, day.day) == (born.month, born.day) for day in later)


@given(st.text(max_size=30))
def test_any_text_is_an_age_or_refused(text):
    for parse in (parse_age, parse_months, parse_birth_year):
        with contextlib.suppress(ValueError):
            assert 0 <= parse(text) <= 2100
