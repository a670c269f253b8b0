"""A value is marked where few of the reports due from its area came: in tables, files, maps and trends."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from dashboard.components.clusters.table import few_reports
from dashboard.figures import theme
from dashboard.figures.province_map import look_of, said_of, value_text
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clusters.reports import Asked, reports_of
from dashboard.services.coverage import panel, table
from dashboard.services.indicators.engine import indicator_table
from db.maintenance.opening import open_database
from surveillance.coverage.estimates import Counts, estimate
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

TODAY = date(2025, 7, 15)
ASKED = {"disease": "tb", "by": "province", "measure": "testing", "from": "2025-06-02", "to": "2025-06-29"}


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """Two facilities of a province, of which one reports a single week of four; and a third elsewhere."""

    def fill():
        listed = [
            {"facility_id": f"HC{n}", "province": province, "report_frequency": "weekly"}
            for n, province in ((1, "KH01"), (2, "KH01"), (3, "KH02"))
        ]
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
        seen = (
            [("HC1", day) for day in (3, 10, 17, 24)]
            + [("HC2", 4)]
            + [("HC3", day) for day in (3, 10, 17, 29)]
        )
        rows = [
            record(
                record_id=str(n),
                facility_id=name,
                date_visit=f"2025-06-{day:02d}",
                eligible="yes",
                tested="yes",
            )
            for n, (name, day) in enumerate(seen)
        ]
        assert cli("import", write_csv(tmp_path / "l.csv", *rows)).code == 0

    prepared(fill)
    database = open_database(database_url)
    yield database
    database.dispose()


def reports(found):
    return {row.area.code: row.value.reports for row in found.rows if row.value.reports}


def test_rows_say_what_came_as_the_command_does_and_are_flagged(filled, cli):
    found = table.coverage(filled, Grant.custodian(), CoverageQuery.read(ASKED), TODAY)
    asked = ("--by", "province", "--from", "2025-06-02", "--to", "2025-06-29", "--on", "2025-06-30")
    said = cli("reporting", *asked, "--format", "json").json()
    assert reports(found) == {row["code"]: (row["received"], row["due"]) for row in said}
    assert reports(found) == {"KH01": (5, 8), "KH02": (4, 4)}
    assert found.total.reports == (9, 12)
    flags = {row["code"]: row["flag"] for row in found.records() if row["flag"]}
    assert flags == {"KH01": "few reports"}


def test_what_is_assumed_marks_nothing(filled, cli, tmp_path):
    rows = [{"facility_id": f"HC{n}", "province": "KH01", "report_frequency": ""} for n in (1, 2)]
    assert cli("facilities", "import", write_csv(tmp_path / "again.csv", *rows)).code == 0
    found = table.coverage(filled, Grant.custodian(), CoverageQuery.read(ASKED), TODAY)
    assert reports(found) == {"KH02": (4, 4)}


def test_homes_owe_no_report_and_partners_are_not_told(filled):
    by_home = CoverageQuery.read(ASKED | {"place": "home"})
    assert reports(table.coverage(filled, Grant.custodian(), by_home, TODAY)) == {}
    partner = replace(Grant.custodian(), role="partner")
    assert reports(table.coverage(filled, partner, CoverageQuery.read(ASKED), TODAY)) == {}


def test_each_step_of_a_trend_says_what_came_of_its_own(filled):
    found = panel.panel(filled, Grant.custodian(), CoverageQuery.read(ASKED), "KH01", TODAY, "week")
    assert [point.value.reports for point in found.trend] == [(2, 2), (1, 2), (1, 2), (1, 2)]
    assert [point.value.few_reports for point in found.trend] == [False, True, True, True]


def test_what_is_still_awaited_is_not_due_and_makes_the_last_steps_incomplete(filled, cli, tmp_path):
    rows = [{"facility_id": f"HC{n}", "province": "KH01", "report_deadline_days": "10"} for n in (1, 2)]
    assert cli("facilities", "import", write_csv(tmp_path / "again.csv", *rows)).code == 0
    query = CoverageQuery.read(ASKED)
    assert reports(table.coverage(filled, Grant.custodian(), query, TODAY))["KH01"] == (3, 4)
    found = panel.panel(filled, Grant.custodian(), query, "KH01", TODAY, "week")
    assert [point.value.reports for point in found.trend] == [(2, 2), (1, 2), (1, 2), (1, 2)]


def test_the_map_s_file_and_page_carry_the_mark(filled, database_url):
    with served(database_url) as site:
        client = signed_in(site, "official")
        answer = client.get("/map.csv", query_string=ASKED)
        rows = {r["code"]: r for r in csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")))}
        page = client.get("/map", query_string=ASKED).get_data(as_text=True)
    assert (rows["KH01"]["reports_due"], rows["KH01"]["reports_received"]) == ("8", "5")
    assert (rows["KH01"]["flag"], rows["KH02"]["flag"]) == ("few reports", "")
    assert "5 of 8 reports due came" in page


def test_a_value_is_pale_under_a_sign_of_its_own():
    value = replace(estimate([Counts(True, 2000, 1600, 2000)])[0], reports=(3, 5))
    assert look_of(value, "testing") == look_of(replace(value, reports=(4, 5)), "testing") + " pale"
    assert value_text(value, "testing").startswith(theme.FEW_REPORTS)
    assert "3 of 5 reports due came" in said_of("Kep", value, str)
    nobody = replace(estimate([Counts(True)])[0], reports=(1, 5))
    assert theme.look_of(nobody, "testing").sign == f"∅{theme.FEW_REPORTS}"
    assert theme.look_of(replace(nobody, reports=(5, 5)), "testing").sign == "∅"


def test_indicators_and_clusters_are_marked_by_the_same_reports(filled):
    days = {"first": date(2025, 6, 2), "last": date(2025, 6, 29), "today": TODAY}
    for name in ("tb_xpert_positivity", "tb_treatment_initiation"):  # of records, and of the cascade
        found = indicator_table(filled, Grant.custodian(), name, by="province", **days)
        came = {row.area.code: row.reports for row in found.rows if row.reports}
        assert came == {"KH01": (5, 8), "KH02": (4, 4)}, name
        assert [row.area.code for row in found.rows if row.few_reports] == ["KH01"], name
        assert found.total.reports == (9, 12)
    span = days["first"], days["last"]
    asked = [
        Asked("facility:care", {"HC1", "HC2"}, *span),
        Asked("province:care", {"KH02"}, *span),
        Asked("facility:care", {"HC2"}, date(2025, 6, 2), date(2025, 6, 8)),
        Asked("province:home", {"KH01"}, *span),
        Asked("facility:care", {"HC9"}, *span),
    ]
    told = reports_of(filled, Grant.custodian(), asked)
    assert told == [(5, 8), (4, 4), (1, 1), None, None]
    assert [few_reports(one, str) for one in told] == ["† 5 of 8 reports due came", "", "", "", ""]
    assert reports_of(filled, replace(Grant.custodian(), role="partner"), asked) == [None] * len(asked)
