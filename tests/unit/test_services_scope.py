"""Whoever answers for some provinces sees the numbers of those, and of no other."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.table import coverage
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.rules import reason_hidden
from db.batches import reporting_completeness
from db.core.scope import Scope
from db.cubes import query as cube_query
from db.cubes.query import CubeQuery
from db.ingest.facilities import listed
from db.maintenance.opening import open_database
from surveillance.errors import NotPermittedError
from tests.support import messy
from tests.support.files import write_csv

TODAY = date(2026, 6, 15)
SCOPES = {"one province": ("KH01",), "two provinces": ("KH02", "KH24"), "none": ()}


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """A database with records of several provinces and of unlisted facilities."""
    prepared(lambda: messy.fill(cli, tmp_path, messy.rows(120, seed=5)))
    database = open_database(database_url)
    yield database
    database.dispose()


def grant(*provinces):
    """An official of these provinces of care."""
    return Grant("official@health.example", "official", Scope.of(*provinces))


def national():
    """An official of the whole country."""
    return Grant("national@health.example", "official", Scope.everything())


def rows_of(table):
    """Rows by code."""
    return {row["code"]: row for row in table.records()}


@pytest.mark.parametrize("provinces", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize(
    "groups", [{}, {"sex": ("female",)}, {"sex": ("female",), "movement": ("returning", "deported")}], ids=str
)
@pytest.mark.parametrize("measure", ["testing", "completion"])
def test_a_limited_scope_has_a_row_for_each_of_its_provinces_and_for_no_other(
    measure, groups, provinces, filled
):
    query = CoverageQuery("tb", measure=measure, groups=groups, start=date(2023, 1, 1), end=date(2025, 5, 30))
    all_of_it = rows_of(coverage(filled, national(), query, TODAY))
    seen = rows_of(coverage(filled, grant(*provinces), query, TODAY))
    assert seen == {code: all_of_it[code] for code in all_of_it if code in provinces}
    assert list(seen) == sorted(provinces)


@pytest.mark.parametrize("provinces", SCOPES.values(), ids=SCOPES)
def test_the_total_of_a_limited_scope_is_the_sum_of_what_it_sees(provinces, filled):
    query = CoverageQuery("tb", measure="eligibility")
    table = coverage(filled, grant(*provinces), query, TODAY)
    shown = [row for row in table.records() if row["code"] in provinces]
    if not shown:
        assert (table.total.status, table.total.numerator, table.total.denominator) == ("hidden", None, None)
    else:
        assert table.total.denominator == sum(row["denominator"] for row in shown)
        assert table.total.numerator == sum(row["numerator"] for row in shown)


def test_the_period_of_a_limited_scope_tells_nothing_of_other_provinces(cli, database_url, filled, tmp_path):
    early = {"facility_id": "HC2", "disease": "measles", "date_visit": "1995-01-01"}
    late = {"facility_id": "HC1", "disease": "measles", "date_visit": "2025-03-04"}
    cli("import", write_csv(tmp_path / "m.csv", early, late))
    table = coverage(filled, grant("KH01"), CoverageQuery("measles"), TODAY)
    assert table.period is not None
    assert table.period.start == date(2025, 3, 3)


@pytest.mark.parametrize("provinces", SCOPES.values(), ids=SCOPES)
def test_only_facilities_in_scope_are_listed(provinces, filled):
    table = coverage(filled, grant(*provinces), CoverageQuery("tb", by="facility"), TODAY)
    inside = [f["facility_id"] for f in messy.FACILITIES if f["province"] in provinces]
    rows = rows_of(table)
    assert list(rows) == sorted(inside)
    assert not any(rows[code]["status"] == "hidden" for code in inside)
    with filled.reading() as connection:
        assert [f["facility_id"] for f in listed(connection, Scope.of(*provinces))] == sorted(inside)
        reporting = reporting_completeness.facilities_reporting(connection, Scope.of(*provinces), 0, 99_999)
        assert set(reporting) <= set(inside)


@pytest.mark.parametrize(
    "query",
    [
        CoverageQuery("tb", place="infection", measure="treatment"),
        CoverageQuery("tb", by="crossing", count="persons"),
    ],
    ids=["infection", "persons by crossing"],
)
@pytest.mark.parametrize("provinces", SCOPES.values(), ids=SCOPES)
def test_places_of_infection_and_persons_by_crossing_are_not_for_a_limited_scope(provinces, query, filled):
    table = coverage(filled, grant(*provinces), query, TODAY)
    assert table.rows == []
    assert (table.total.status, table.total.denominator) == ("hidden", None)
    shown = panel(filled, grant(*provinces), query, None, TODAY)
    assert (shown.now.status, shown.trend, shown.groups) == ("hidden", [], {})
    assert "your account" in reason_hidden(grant(*provinces), query).lower()
    assert reason_hidden(national(), query) == ""
    if query.start is None:
        assert table.period is None
    seen = {row["status"] for row in coverage(filled, national(), query, TODAY).records()}
    assert seen & {"value", "unknown"}


@pytest.mark.parametrize("provinces", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("groups", [{}, {"sex": ("male",)}], ids=["", "filtered"])
def test_by_home_a_limited_scope_is_shown_issued_figures_and_nothing_else(provinces, groups, filled):
    query = CoverageQuery("tb", place="home", groups=groups)
    table = coverage(filled, grant(*provinces), query, TODAY)
    assert {row.value.status for row in table.rows} == {table.total.status} == {"hidden"}
    assert table.reason == (rules.NOT_GROUPED if groups else rules.NOTHING_ISSUED)
    shown = panel(filled, grant(*provinces), query, None, TODAY)
    assert (shown.now.status, shown.trend, shown.groups) == ("hidden", [], {})
    assert coverage(filled, national(), query, TODAY).reason == ""


@pytest.mark.parametrize("dimension", ["home", "infection", "crossing"])
def test_the_cubes_themselves_refuse_a_limited_scope_other_places_than_those_of_care(dimension, filled):
    query, scope = CubeQuery("tb", dimension, "testing"), Scope.of("KH01")
    with filled.reading() as connection:
        for ask in (
            lambda: cube_query.by_place(connection, scope, query),
            lambda: cube_query.by_period(connection, scope, query, None),
            lambda: cube_query.by_group(connection, scope, query, None),
            lambda: cube_query.span(connection, scope, query),
        ):
            with pytest.raises(NotPermittedError):
                ask()


@pytest.mark.parametrize("dimension", ["care", "facility"])
def test_the_cubes_of_care_count_only_the_scope_however_they_are_asked(dimension, filled):
    query, scope = CubeQuery("tb", dimension, "eligibility"), Scope.of("KH01")
    with filled.reading() as connection:
        places = cube_query.by_place(connection, scope, query)
        assert set(places) <= ({"KH01"} if dimension == "care" else {"HC1", "MRC", "POST"})
        total = sum(row.records for row in places.values())
        assert (
            0
            < total
            < sum(r.records for r in cube_query.by_place(connection, Scope.everything(), query).values())
        )
        assert sum(row.records for row in cube_query.by_period(connection, scope, query, None)) == total
        for axis in ("sex", "movement"):
            found = cube_query.by_group(connection, scope, query, None)
            assert sum(sums.records for (name, _), sums in found.items() if name == axis) == total
        assert cube_query.by_period(connection, scope, query, "KH02" if dimension == "care" else "HC2") == []


def test_a_role_without_coverage_is_refused(filled):
    with pytest.raises(NotPermittedError):
        coverage(filled, Grant("x@health.example", "", Scope.everything()), CoverageQuery("tb"), TODAY)
