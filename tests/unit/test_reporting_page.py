"""Who has not reported: the page, the file, and who sees which facilities."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard.components.coverage.reporting_groups import so_far
from dashboard.services.places.areas import Area
from dashboard.services.today.reporting import FacilityReports, Reporting
from surveillance.coverage.silence import Silence
from surveillance.windows import Window
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

WEEK = Window(date(2025, 6, 23), date(2025, 6, 29))
FACILITIES = (
    {"facility_id": "HC1", "name_en": "One", "province": "KH01", "operational_district": "Poipet"},
    {"facility_id": "HC2", "name_en": "Two", "province": "KH01", "operational_district": "Poipet"},
    {"facility_id": "HC3", "name_en": "Three", "province": "KH02", "operational_district": "Thmar Koul"},
    {"facility_id": "HC4", "name_en": "Closed", "province": "KH02", "reports_to": "2025-03-31"},
    {"facility_id": "HC5", "name_en": "HIV alone", "province": "KH02"},
)
COLUMNS = ("facility_id", "name_en", "province", "operational_district", "reports_to")
VISITS = (
    ("HC1", "tb", "2025-06-04"),
    ("HC1", "tb", "2025-06-29"),
    ("HC2", "tb", "2025-06-04"),
    ("HC3", "malaria", "2025-06-16"),
    ("HC4", "tb", "2025-03-05"),
    ("HC5", "hiv", "2025-06-24"),
)


@pytest.fixture
def site(cli, database_url, tmp_path, prepared):
    """A server with five facilities, of which some are silent."""

    def fill():
        listed = write_csv(
            tmp_path / "f.csv", *(dict.fromkeys(COLUMNS, "") | facility for facility in FACILITIES)
        )
        assert cli("facilities", "import", listed).code == 0
        rows = [
            record(record_id=str(n), tested="yes")
            | {"facility_id": place, "disease": disease, "date_visit": day}
            for n, (place, disease, day) in enumerate(VISITS)
        ]
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    prepared(fill)
    with served(database_url) as server:
        yield server


def rows_of(client):
    """The file's rows by facility."""
    answer = client.get("/reporting.csv")
    assert answer.status_code == 200
    text = answer.get_data().decode("utf-8-sig")
    return {row["facility_id"]: row for row in csv.DictReader(io.StringIO(text))}


def test_each_facility_has_its_last_report_and_its_silence(site):
    rows = rows_of(signed_in(site, "official"))
    assert {name: (row["last_report"], row["silent"], row["due"]) for name, row in rows.items()} == {
        "HC1": ("2025-06-23", "0", "2025-06-29"),
        "HC2": ("2025-06-02", "3", "2025-06-29"),
        "HC3": ("2025-06-16", "1", "2025-06-29"),
        "HC4": ("2025-03-03", "", ""),
        "HC5": ("", "17", "2025-06-29"),  # a record of HIV tells nothing: since the first day of the data
    }
    assert list(rows)[:3] == ["HC2", "HC3", "HC5"]  # the longest silence first, then who never reported


def test_the_page_names_the_silent_by_district_with_how_many_there_are(site):
    page = signed_in(site, "official").get("/reporting").get_data(as_text=True)
    assert "3 of 4 facilities have not sent the report that was due by 2025-06-29." in page
    assert "2 of them missed three reports or more in a row." in page
    silent = page.partition('id="silent"')[2].partition("</section>")[0]
    assert "Banteay Meanchey · Poipet" in silent and "1 of 2" in silent
    assert [name in silent for name in ("One", "Two", "Three", "Closed", "HIV alone")] == [
        False, True, True, False, True
    ]  # fmt: skip
    others = page.partition('id="others"')[2]
    assert "Closed" in others and "no report is due" in others


def test_an_account_of_one_province_sees_its_own_facilities(site):
    client = signed_in(site, "provincial")
    assert set(rows_of(client)) == {"HC3", "HC4", "HC5"}
    page = client.get("/reporting").get_data(as_text=True)
    assert "Poipet" not in page.partition("<main")[2]


def test_who_may_not_export_has_no_file(site):
    client = signed_in(site, "viewer")
    page = client.get("/reporting").get_data(as_text=True)
    assert "Two" in page and "reporting.csv" not in page
    assert client.get("/reporting.csv").status_code == 403


def test_without_records_nothing_is_due(database_url):
    with served(database_url) as server:
        page = signed_in(server, "official").get("/reporting").get_data(as_text=True)
    assert "No report is due: no facility list, or no records yet." in page


def test_the_first_page_says_how_far_the_last_week_is_complete(site):
    page = signed_in(site, "official").get("/").get_data(as_text=True)
    # Four are due; of these HC1 alone has sent something since Monday of the last complete week.
    assert "Since week 26 began 1 of 4 have sent records: its numbers may still grow." in page


def test_the_list_says_it_too(site):
    page = signed_in(site, "official").get("/reporting").get_data(as_text=True)
    assert "Since week 26 began 1 of 4 have sent records" in page


def test_where_all_have_sent_records_nothing_more_is_said():
    one = FacilityReports(Area("HC1", "", "", "KH01"), "", "", WEEK.first, Silence("week", WEEK.last, 0))
    late = replace(one, last=WEEK.first - timedelta(days=7))
    closed = replace(late, silence=None)
    assert so_far(Reporting(WEEK.first, WEEK.last, (one, closed)), WEEK, str) == ""
    assert "began 1 of 2 have" in so_far(Reporting(WEEK.first, WEEK.last, (one, late)), WEEK, str)
