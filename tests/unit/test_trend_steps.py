"""The step of a trend follows the number of people, counts stand beneath, and one point can be read."""

from __future__ import annotations

from datetime import date, timedelta

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components.coverage.panel import area_panel
from dashboard.figures.trend import TrendValue, trend
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from db.maintenance.opening import open_database
from surveillance.coverage.estimates import Counts, estimate
from surveillance.coverage.trend_steps import ENOUGH, usual_step
from surveillance.epiweek import PERIOD_KINDS
from tests.support.files import record, write_csv

YEAR = (date(2025, 6, 30), date(2026, 6, 28))
MONDAYS = [YEAR[0] + timedelta(days=7 * n) for n in range(52)]


@pytest.mark.parametrize(
    ("each_week", "step"),
    [(40, "week"), (30, "week"), (29, "month"), (8, "month"), (3, "quarter"), (1, "quarter")],
)
def test_over_52_weeks_the_step_is_the_finest_with_about_thirty_people(each_week, step):
    assert usual_step(dict.fromkeys(MONDAYS, each_week), *YEAR) == step


def test_over_several_years_few_people_are_shown_by_the_year():
    span = (date(2021, 7, 1), date(2026, 6, 30))
    counted = {date(year, month, 1): 1 for year in range(2022, 2026) for month in range(1, 13)}
    assert usual_step(counted, *span) == "year"


def test_where_no_step_has_enough_people_the_coarsest_is_taken():
    span = (date(2021, 7, 1), date(2026, 6, 30))
    assert usual_step({}, *span) == "year"
    assert usual_step({date(2022, 1, 1): 0}, *span) == "year"
    assert usual_step({}, *YEAR) == "quarter"


def test_a_step_never_cuts_a_short_period_into_one_point_but_for_a_single_week():
    assert usual_step({date(2026, 6, 1): 1}, date(2026, 6, 1), date(2026, 6, 28)) == "week"
    assert usual_step({date(2026, 4, 6): 1}, date(2026, 4, 1), date(2026, 6, 30)) == "month"
    assert usual_step({date(2026, 6, 22): 1}, date(2026, 6, 22), date(2026, 6, 28)) == "week"


@given(st.dictionaries(st.sampled_from(MONDAYS), st.integers(0, 100), max_size=52), st.integers(1, 20))
def test_more_people_never_make_a_coarser_step(counted, times):
    few, many = usual_step(counted, *YEAR), usual_step({d: n * times for d, n in counted.items()}, *YEAR)
    assert PERIOD_KINDS.index(many) <= PERIOD_KINDS.index(few)


def test_the_panel_takes_that_step_unless_the_reader_chose_one(sqlite_cli, sqlite_url, tmp_path):
    rows = [
        record(record_id=f"{day}-{n}", date_visit=day.isoformat(), eligible="yes", tested="yes")
        for day in (date(2025, 1, 8) + timedelta(days=7 * week) for week in range(20))
        for n in range(10)
    ]
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    database = open_database(sqlite_url)
    query = CoverageQuery("tb", start=date(2025, 1, 1), end=date(2025, 6, 30))
    shown = panel(database, Grant.custodian(), query, None, date(2026, 1, 1))
    assert shown.step == "month"
    assert [point.label for point in shown.trend][:2] == ["2025-01", "2025-02"]
    assert all(point.value.denominator >= ENOUGH for point in shown.trend)
    chosen = panel(database, Grant.custodian(), query, None, date(2026, 1, 1), "week")
    assert (chosen.step, chosen.trend[0].label) == ("week", "2025-W02")
    assert "Automatic: Month" in str(area_panel(shown, "", "testing", "", str))
    assert "ស្វ័យប្រវត្តិ៖" in str(area_panel(shown, "", "testing", "", translator("km")))
    database.dispose()


def points(*counts):
    """Weeks with (numerator, denominator, unknown)."""
    values = estimate([Counts(True, n + u, x, n, u) for x, n, u in counts])
    return [
        TrendValue(f"W{number}", day.isoformat(), value, end=(day + timedelta(days=6)).isoformat())
        for number, (day, value) in enumerate(zip(MONDAYS, values, strict=False))
    ]


def test_counts_stand_as_bars_beneath_and_the_unknown_on_top_of_them():
    figure = go.Figure(trend(points((10, 40, 0), (0, 0, 7), (20, 30, 3)), "Tested", str))
    assert {trace.type for trace in figure.data} == {"scatter"}  # all that the pages' Plotly can draw here
    counted, unknown, hover = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert [y for y in counted.y if y] == [40, 40, 30, 30]
    assert list(unknown.y) == [0, 7, 7, 0, 0, None, 30, 33, 33, 30, 30, None]
    assert list(hover.y) == [40, 7, 33]
    assert "Counted: 30" in hover.text[2] and "unknown: 3" in hover.text[2]
    assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]
    assert counted.fillcolor != unknown.fillcolor


@pytest.mark.parametrize("counts", [(10, 40, 0), (0, 40, 0), (40, 40, 0), (0, 0, 0), (0, 0, 9)], ids=str)
def test_a_single_point_stands_within_both_axes_with_its_name_and_interval(counts):
    figure = go.Figure(trend(points(counts), "Tested", str))
    first, last = (day[:10] for day in figure.layout.xaxis.range)
    assert first < MONDAYS[0].isoformat() < last
    assert list(figure.layout.xaxis.ticktext) == ["W0"]
    lines = [trace for trace in figure.data if getattr(trace, "mode", "") == "lines+markers"]
    if counts[1]:
        (line,) = lines
        assert line.marker.size[0] >= 9
        low, high = line.y[0] - line.error_y.arrayminus[0], line.y[0] + line.error_y.array[0]
        assert figure.layout.yaxis.range[0] <= low < high <= figure.layout.yaxis.range[1]
    else:
        assert lines == []
        (gap,) = [trace for trace in figure.data if getattr(trace, "mode", "") == "text"]
        assert gap.text[0] == ("?" if counts[2] else "∅")


def test_several_points_have_a_band_and_no_bar_of_error():
    figure = go.Figure(trend(points((10, 40, 0), (20, 40, 0)), "Tested", str))
    (line,) = [trace for trace in figure.data if getattr(trace, "mode", "") == "lines+markers"]
    assert line.error_y.array is None
