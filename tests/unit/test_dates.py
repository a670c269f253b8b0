"""One day, in every way that clinics write it; and texts that can be two days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.intake.cleaning.day_columns import DayColumns
from db.intake.dates.order import FileOrder
from db.intake.dates.parse import EARLIEST_BIRTH, MONTHS, Either, order_shown, read_day
from db.intake.values.notices import Notices
from db.intake.values.reasons import Reason

MARCH_4 = date(2025, 3, 4)
WRITTEN = (
    "2025-03-04",
    " 2025-03-04 ",
    "2025-3-4",
    "2025/3/4",
    "2025.03.04",
    "20250304",
    "2025-03-04T10:30",
    "2025-03-04 10:30:59.123",
    "2025-03-04T00:30+07:00",
    "2025-03-03T17:30:00.000Z",
    "2025-03-04 9:05 AM",
    "2025-3-4 0:00",
    "2025-03-04T23:59:59.999+0700",
    "4 March 2025",
    "4th of March 2025",
    "04-Mar-25",
    "04Mar2025",
    "4.mar.2025",
    "March 4, 2025",
    "Mar 4th 2025",
    "2025-Mar-04",
    "Tuesday, 4 March 2025",
    "Tue 4 Mar 2025 10:30",
    "tues. 4 march 2025 10.30 p.m.",
    "៤ មីនា ២០២៥",
    "ថ្ងៃទី៤ ខែមីនា ឆ្នាំ២០២៥",
    "ថ្ងៃអង្គារ ទី៤ ខែមីនា ឆ្នាំ២៥៦៨",
    "ថ្ងៃទី០៤ ខែ០៣ ឆ្នាំ២០២៥",
    "ថ្ងៃអង្គារ ទី៤ ខែទី៣ ឆ្នាំ២៥៦៨",
    "ថ្ងៃ៤ខែ៣ឆ្នាំ២០២៥",
    "អង្គារ ៤ មីនា ២០២៥",
    "៤\u200b មីនា\u200b ២៥៦៨",
    "2568-03-04",
    "2568/03/04",
    "4 March 2568",
    "4 March 2568 BE",
    "៤ មីនា ២៥៦៨ ព.ស.",
    "๔ march ๒๕๖๘",
    "25680304",
    "45720",
    "45720.0",
    "45720.75",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_the_fourth_of_march_is_read_however_it_is_written(text):
    assert read_day(text) == MARCH_4


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "march",
        "March 2025",
        "2025",
        "3/2025",
        "31/02/2025",
        "2025-02-29",
        "29 Feb 2025",
        "0/0/2025",
        "12345",
        "99999",
        "1e5",
        "4/3",
        "4/3/2025/1",
        "2025-03-04 25:00",
        "4 March 25 000",
        "1989-12-31",
        "4/3/1985",
        "០",
        "4 Martch 2025",
        "123456789",
        "2025-13-01",
        "45720,5,1",
        "2025-03-04 13:00 PM",
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        read_day(text)


@pytest.mark.parametrize(
    "text",
    ["04/03/2025", "4/3/25", "4.3.2025", "04-03-2568", "៤/៣/២០២៥", "Tue 4/3/2025", "4/3/2025 10:30:00"],
)
def test_two_small_numbers_are_two_days(text):
    assert read_day(text) == Either(day_first=MARCH_4, month_first=date(2025, 4, 3))
    assert order_shown(text) is None


def test_the_same_number_twice_is_one_day():
    assert read_day("03/03/2025") == date(2025, 3, 3)
    assert order_shown("03/03/2025") is None


def test_of_two_readings_only_one_may_lie_in_the_years_that_are_meant():
    assert read_day("1/12/85", earliest=date(1985, 6, 1)) == date(1985, 12, 1)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("25/03/2025", "day-first"),
        ("25.3.68", "day-first"),
        ("3/25/2025", "month-first"),
        ("៣/២៥/២០២៥", "month-first"),
        ("2025-03-25", None),
        ("25 March 2025", None),
        ("25/25/2025", None),
        ("", None),
    ],
)
def test_a_number_above_twelve_shows_the_order(text, order):
    assert order_shown(text) == order


def test_the_years_of_births_go_further_back_and_two_digits_are_of_the_last_century():
    assert read_day("25/3/2508", earliest=EARLIEST_BIRTH) == date(1965, 3, 25)
    for written in ("25/3/65", "25-Mar-65", "March 25, 65", "២៥ មីនា ៦៥", "ថ្ងៃទី២៥ ខែ០៣ ឆ្នាំ៦៥"):
        assert read_day(written, earliest=EARLIEST_BIRTH) == date(1965, 3, 25)
    assert read_day("25 March 2508", earliest=EARLIEST_BIRTH) == date(1965, 3, 25)
    assert read_day("25/3/24", earliest=EARLIEST_BIRTH) == date(2024, 3, 25)


def test_two_digits_that_are_no_year_of_ours_are_of_the_buddhist_era():
    assert read_day("25/3/68") == read_day("២៥ មីនា ៦៨") == date(2025, 3, 25)
    assert read_day("25/3/50") == date(2007, 3, 25)
    assert read_day("25/3/49") == date(2049, 3, 25)
    assert read_day("25/3/90") == date(1990, 3, 25)


def test_a_short_year_that_was_long_ago_is_no_year():
    """25/03/04 may be 25 March 2004, but in a register it is 4 March 2025."""
    reader = DayColumns(FileOrder("day-first"), date(2026, 11, 23), Notices())

    def read(text, name="date_visit"):
        reasons: dict[int, list[Reason]] = {}
        (day,) = reader.read(name, [text], [1], reasons)
        return reasons[0] if reasons else day

    assert "cannot be read" in read("25/03/04")[0]
    assert "cannot be read" in read("03/04/05")[0]
    assert read("25/03/2004") == date(2004, 3, 25)
    assert read("25-Mar-04") == date(2004, 3, 25)
    assert read("25/03/11") == date(2011, 3, 25)
    assert read("25/03/04", "birth_date") == date(2004, 3, 25)


def test_day_numbers_of_the_other_system_are_four_years_later():
    assert read_day("44258", excel_1904=True) == read_day("45720") == MARCH_4


DAYS = st.dates(date(1990, 1, 1), date(2089, 12, 31))


@given(DAYS, st.sampled_from(sorted(MONTHS)), st.booleans())
def test_every_name_of_a_month_and_both_eras_are_read(day, name, buddhist):
    month = MONTHS[name]
    number = min(day.day, 28)
    year = day.year + (543 if buddhist else 0)
    meant = date(day.year, month, number)
    assert read_day(f"{number} {name} {year}") == meant
    assert read_day(f"{year} {name.upper()} {number}") == meant


@given(DAYS)
def test_numbers_are_read_in_one_of_the_two_orders_and_never_otherwise(day):
    found = read_day(f"{day.day}/{day.month}/{day.year}")
    if isinstance(found, Either):
        assert found.day_first == day
        assert found.month_first == date(day.year, day.day, day.month)
    else:
        assert found == day


@given(DAYS, st.integers(0, 999_999))
def test_a_day_number_is_the_days_since_the_last_but_one_of_1899(day, part):
    number = (day - date(1899, 12, 30)).days
    assert read_day(str(number)) == read_day(f"{number}.{part:06d}") == day


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_two_or_refused(text):
    try:
        found = read_day(text)
    except ValueError:
        return
    assert isinstance(found, date | Either)
