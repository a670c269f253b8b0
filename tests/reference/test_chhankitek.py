"""The Khmer lunar calendar against published days of festivals.

Sources: (a) vacanza/holidays 0.109, holidays/countries/cambodia.py: public holidays of 2015 to 2026, checked
there against the official gazette and the National Bank of Cambodia; (b) pulse.asia, "Cambodian Public
Holidays 2017"; (c) khmeridentification-edu.blogspot.com, "The Cambodian Public Holiday for 2011";
(d) beeninasia.com, festivals of 2019.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from itertools import pairwise

import pytest

from dashboard.services.calendar import entries as service
from surveillance.calendar.chhankitek import (
    FIRST_YEAR,
    LAST_YEAR,
    MONTHS,
    leap,
    month_of,
    pchum_ben,
    visak_bochea,
    water_festival,
)
from surveillance.calendar.entries import FESTIVAL

#: Year -> the new moon of Pchum Ben, the full moon of the Water Festival, Visak Bochea (month-day).
PUBLISHED = {
    2011: ("09-27", "11-10", "05-17"),  # c
    2015: ("10-12", "11-25", "05-02"),  # a
    2016: ("10-01", "11-14", "05-20"),  # a
    2017: ("09-20", "11-03", "05-10"),  # a, b
    2018: ("10-09", "11-22", "04-29"),  # a
    2019: ("09-28", "11-11", "05-18"),  # a, d
    2020: ("09-17", "10-31", "05-06"),  # a
    2021: ("10-06", "11-19", "04-26"),  # a
    2022: ("09-25", "11-08", "05-15"),  # a
    2023: ("10-14", "11-27", "05-04"),  # a
    2024: ("10-02", "11-15", "05-22"),  # a
    2025: ("09-22", "11-05", "05-11"),  # a
    2026: ("10-11", "11-24", "05-01"),  # a
}
DAY = timedelta(days=1)


@pytest.mark.parametrize("year", PUBLISHED)
def test_festivals_fall_on_their_published_days(year):
    ancestors, water, visak = (date.fromisoformat(f"{year}-{day}") for day in PUBLISHED[year])
    assert pchum_ben(year) == (ancestors - DAY, ancestors + DAY)
    assert water_festival(year) == (water - DAY, water + DAY)
    assert visak_bochea(year) == visak


def test_years_have_354_355_or_384_days_and_stay_with_the_sun():
    for year in range(FIRST_YEAR, LAST_YEAR):
        days = (month_of("Kadek", year + 1).first - month_of("Kadek", year).first).days
        assert days == {"": 354, "day": 355, "month": 384}[leap(year + 1)]
        assert 9 <= water_festival(year).first.month <= 11 or year > 2050
    for before, after in pairwise(MONTHS[2:]):
        assert month_of(before, 2027).first < month_of(after, 2027).first


def test_a_year_that_is_not_reckoned_is_refused():
    for name, year in (("Kadek", 1900), ("Kadek", 2101), ("nothing", 2025)):
        with pytest.raises(ValueError, match="no single month"):
            month_of(name, year)


def test_the_calendar_that_is_shipped_says_the_same():
    found = service.parse(service.shipped())
    assert all(entry.source for entry in found)
    held = {entry.key: entry for entry in found if entry.kind == FESTIVAL}
    for year in range(2015, 2028):
        days = pchum_ben(year)
        entry = held[f"pchum-ben-{year}"]
        assert (entry.first, entry.last) in (tuple(days), (days.first, days.last - DAY))
        entry = held[f"water-festival-{year}"]
        assert (entry.first, entry.last) == tuple(water_festival(year))
        assert entry.computed is (year > 2026)
        if year != 2020:  # put off to August, since people were not to travel
            assert held[f"khmer-new-year-{year}"].first.day in (13, 14)
    with service.SHIPPED.open(encoding="utf-8", newline="") as handle:
        assert len(list(csv.DictReader(handle))) == len(found)
