"""HIV and syphilis at one facility: neither shown, nor left over when what is shown is taken away."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.table import coverage
from dashboard.services.disclosure.rules import reason_hidden
from db.batches import reporting_completeness
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.tables.records import cube_group, cube_stratum, cube_total
from surveillance.coverage.indicators import MEASURES
from surveillance.epiweek import time_cell_number
from tests.support.files import record, write_csv
from tests.support.migrations import script

TODAY = date(2026, 6, 15)
SENSITIVE = ("hiv", "syphilis")
NUMBERS = ("numerator", "denominator", "unknown", "coverage", "lower", "upper")
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "kind": "health_centre"},
    {"facility_id": "HC2", "province": "KH01", "kind": "health_centre"},
    {"facility_id": "GATE", "province": "KH01", "kind": "border_post"},
    {"facility_id": "QUIET", "province": "KH01", "kind": "health_post"},
)
GROUPS = ({}, {"sex": ("female",)}, {"sex": ("female",), "age": ("25-49",)})


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """One province: two health centres, a post at the gate, and a post that sends nothing."""
    rows = [
        record(disease=disease, facility_id=facility, sex=sex, age_years="30", residence="mobile")
        | {"eligible": "yes", "tested": "yes", "positive": "yes"}
        for disease in (*SENSITIVE, "tb")
        for facility, count in (("HC1", 3), ("HC2", 4), ("GATE", 2))
        for sex in ("female", "male")
        for _ in range(count)
        if (disease, facility) != ("tb", "GATE")  # the gate's post sends nothing else
    ]

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        assert cli("import", write_csv(tmp_path / "list.csv", *rows)).code == 0

    prepared(fill)
    database = open_database(database_url)
    yield database
    database.dispose()


def grants():
    """Whoever may see the province: an official of the country, of the province, the custodian."""
    return (
        Grant("national@health.example", "official", Scope.everything()),
        Grant("provincial@health.example", "official", Scope.of("KH01")),
        Grant.custodian(),
    )


@pytest.mark.parametrize("disease", SENSITIVE)
def test_a_province_minus_its_facilities_leaves_nothing_to_learn_about_the_one_at_the_border(filled, disease):
    for grant, groups, measure in product(grants(), GROUPS, MEASURES):
        query = CoverageQuery(disease, measure=measure, groups=groups)
        province = {row["code"]: row for row in coverage(filled, grant, query, TODAY).records()}["KH01"]
        assert province["status"] != "hidden"  # the province itself is shown
        by_facility = CoverageQuery(disease, by="facility", measure=measure, groups=groups)
        table = coverage(filled, grant, by_facility, TODAY)
        listed = {"HC1", "HC2", "GATE"} | ({"unknown"} if grant.scope.national else set())
        assert listed <= {row["code"] for row in table.records()}
        for row in table.records():
            assert row["status"] == "hidden"
            assert [row[name] for name in NUMBERS] == [None] * len(NUMBERS)
        assert (table.total.status, table.total.denominator, table.period) == ("hidden", None, None)


@pytest.mark.parametrize("disease", SENSITIVE)
@pytest.mark.parametrize("code", ["HC1", "GATE", "unknown", None])
def test_the_panel_of_a_facility_holds_no_number_trend_or_group_of_them(filled, disease, code):
    for grant in grants():
        shown = panel(filled, grant, CoverageQuery(disease, by="facility"), code, TODAY)
        assert (shown.now.status, shown.now.denominator) == ("hidden", None)
        assert (shown.trend, shown.groups, shown.earlier, shown.change) == ([], {}, None, None)


def test_the_reason_is_said_in_words_for_them_alone():
    for grant in grants():
        for disease in SENSITIVE:
            assert "facility" in reason_hidden(grant, CoverageQuery(disease, by="facility"))
            assert reason_hidden(grant, CoverageQuery(disease)) == ""
        assert reason_hidden(grant, CoverageQuery("tb", by="facility")) == ""


def test_that_a_facility_sent_nothing_but_hiv_is_told_by_no_report(filled):
    day = date(2025, 3, 4)
    with filled.reading() as connection:
        for scope in (Scope.everything(), Scope.of("KH01")):
            for first, last in ((time_cell_number(day), time_cell_number(day)), (0, 99_999)):
                sent = reporting_completeness.facilities_reporting(connection, scope, first, last)
                assert sent == {"HC1", "HC2"}
            cell = time_cell_number(day)
            for name, found in (("HC1", {cell}), ("GATE", set()), ("QUIET", set())):
                assert (
                    reporting_completeness.reporting_cells(connection, scope, [cell], facility_id=name)
                    == found
                )
        other = time_cell_number(date(2025, 4, 4))
        assert (
            reporting_completeness.facilities_reporting(connection, Scope.everything(), other, other)
            == frozenset()
        )
        assert (
            reporting_completeness.facilities_reporting(connection, Scope.of("KH02"), 0, 99_999)
            == frozenset()
        )
    reporting = panel(filled, Grant.custodian(), CoverageQuery("tb"), "KH01", TODAY).reporting
    assert (reporting.reported, reporting.due) == (2, 4)
    for grant in grants():
        rows = coverage(filled, grant, CoverageQuery("tb", by="facility"), TODAY).records()
        status = {row["code"]: row["status"] for row in rows}
        assert status["GATE"] == status["QUIET"] != status["HC1"]  # silent, and sent nothing else: alike


def test_a_record_that_was_amended_away_no_longer_counts_as_a_report(cli, database_url, tmp_path):
    cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES))
    cli("import", write_csv(tmp_path / "a.csv", record(record_id="1", date_visit="2025-03-04")))
    later = write_csv(tmp_path / "b.csv", record(record_id="1", date_visit="2025-04-04"))
    assert cli("import", later, "--same-numbers", "amend").code == 0
    database = open_database(database_url)
    march, april = time_cell_number(date(2025, 3, 4)), time_cell_number(date(2025, 4, 4))
    with database.reading() as connection:
        assert not reporting_completeness.facilities_reporting(connection, Scope.everything(), march, march)
        assert reporting_completeness.facilities_reporting(connection, Scope.everything(), april, april) == {
            "HC1"
        }
    database.dispose()


def test_the_migration_takes_what_an_earlier_version_kept_out_of_the_facility_cubes(filled):
    cubes = [family["facility"] for family in (cube_total, cube_group, cube_stratum)]

    def held(connection):
        return {cube.name: set(connection.execute(sa.select(cube.c.disease)).scalars()) for cube in cubes}

    revision, numbers = script("records", "records_0002"), script("records", "records_0013")
    with write_transaction(filled.records) as connection:
        with Operations.context(MigrationContext.configure(connection)):
            revision.downgrade()
        for cube in cubes:
            row = connection.execute(sa.select(cube).where(cube.c.disease == "tb").limit(1)).mappings().one()
            connection.execute(cube.insert(), [{**row, "disease": disease} for disease in SENSITIVE])
        assert all(found >= set(SENSITIVE) for found in held(connection).values())
        with Operations.context(MigrationContext.configure(connection)):
            numbers.downgrade()
            revision.upgrade()
            numbers.upgrade()
        assert all(found == {"tb"} for found in held(connection).values())
