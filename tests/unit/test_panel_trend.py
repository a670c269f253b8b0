"""The trend of a panel: every period in which there is data of any disease, and no other."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from db.maintenance.opening import open_database
from tests.support.files import record, write_csv

TODAY = date(2026, 6, 15)


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """Tuberculosis in March and May 2025, malaria from February to July."""
    rows = [record(date_visit=day, eligible="yes") for day in ("2025-03-04", "2025-05-06")]
    rows += [record(disease="malaria", date_visit=day) for day in ("2025-02-05", "2025-07-08")]
    treated = {"positive": "yes", "treated": "yes", "date_treated": "2024-12-30"}
    rows.append(record(disease="dengue", date_visit="2025-03-04") | treated)
    prepared(lambda: cli("import", write_csv(tmp_path / "list.csv", *rows)))
    database = open_database(database_url)
    yield database
    database.dispose()


def months(database, **asked):
    """First days of the months of a trend, as months, with the status of each."""
    query = CoverageQuery(**({"disease": "tb", "measure": "eligibility"} | asked))
    shown = panel(database, Grant.custodian(), query, None, TODAY, "month")
    return {point.start.isoformat()[:7]: point.value.status.value for point in shown.trend}


def test_a_long_period_is_cut_to_the_data_and_gaps_within_it_stay(filled):
    found = months(filled, start=date(1990, 1, 1), end=date(2100, 12, 31))
    assert list(found) == ["2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07"]
    assert found["2025-03"] == "value"
    assert {found[month] for month in ("2025-04", "2025-06")} == {"not reported"}
    assert {found[month] for month in ("2025-02", "2025-07")} == {"nobody"}  # malaria was reported then


def test_a_short_period_is_not_widened(filled):
    assert list(months(filled, start=date(2025, 4, 1), end=date(2025, 5, 31))) == ["2025-04", "2025-05"]


def test_a_treatment_that_began_before_every_visit_is_within_the_data(filled):
    found = months(filled, disease="dengue", measure="completion", start=date(2020, 1, 1))
    assert next(iter(found)) == "2024-12"


def test_without_any_data_there_is_no_trend(database):
    assert months(database, start=date(2025, 1, 1), end=date(2025, 12, 31)) == {}
