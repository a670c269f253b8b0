"""Days in the frames of a notebook: years of another era are refused, as in files."""

from __future__ import annotations

import pandas as pd
import pytest

import surveillance
from surveillance.errors import StatisticsError

LISTED = pd.DataFrame({"facility_id": ["HC1"], "province": ["KH01"]})
PLACES = pd.DataFrame({"location": ["a", "b"], "latitude": [11.0, 12.0], "longitude": [104.0, 105.0]})


def records(day):
    return pd.DataFrame({"facility_id": "HC1", "disease": "tb", "date_visit": ["2025-03-04", day]})


def cases(day):
    return pd.DataFrame({"location": ["a", "b", "a"], "date": ["2025-01-02", "2025-01-03", day]})


@pytest.mark.parametrize("day", ["2568-03-04", "2999-03-04", "1899-12-30", "1900-01-00"])
def test_a_day_of_no_such_year_is_refused_with_its_row(day):
    with pytest.raises(StatisticsError, match=r"date_visit, row 2: .*in the common era"):
        surveillance.coverage_table(records(day), LISTED, measure="yield")


@pytest.mark.parametrize(("day", "said"), [("2568-01-04", "Buddhist era"), ("2999-01-04", "not a date")])
def test_a_scan_is_not_told_of_an_outbreak_five_centuries_ahead(day, said):
    with pytest.raises(StatisticsError, match=said):
        surveillance.scan(
            cases(day), PLACES, model="space-time-permutation", time="retrospective", replicates=9
        )
