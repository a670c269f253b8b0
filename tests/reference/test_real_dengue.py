"""The watch on the real dengue counts of Cambodia (OpenDengue V1.3), where they are held.

Epidemic years are known from the counts themselves: 2012 and 2019 had the most cases of their years. No
alarm of any other year is called false: nobody knows.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.rules import RULES

COUNTS = Path(__file__).resolve().parents[3] / "shared" / "cross_border" / "cambodia_weekly.csv"


@pytest.fixture(scope="module")
def country():
    if not COUNTS.is_file():
        pytest.skip(f"{COUNTS.name} is not held beside this copy; it is not ours to give away")
    with COUNTS.open(encoding="utf-8", newline="") as file:
        rows = [(date.fromisoformat(row["start"]), int(row["cases"])) for row in csv.DictReader(file)]
    # Weeks there begin on Sunday: each is told as of its second day.
    cases = {day + timedelta(days=1): count for day, count in rows}
    return PlaceCounts("KH", min(cases), max(cases) + timedelta(days=6), cases)


def test_the_epidemic_of_2019_is_an_excess_and_an_ordinary_week_is_none(country):
    sundays = [country.first + timedelta(days=6 + 7 * n) for n in range(400, 470)]
    found = {one.day: one for one in evaluate(RULES["dengue-excess"], country, sundays, 1e-3)}
    alarms = [day for day, one in found.items() if one.alarm]
    assert any(day.year == 2019 for day in alarms)
    counts = np.array([country.cases.get(day - timedelta(days=6), 0) for day in alarms])
    usual = np.mean(list(country.cases.values()))
    assert (counts > usual / 2).all(), "no alarm of a week with few cases"
    assert len(alarms) < len(sundays) / 2
