"""The pages of indicators and their files: what they show, to whom, and what they refuse."""

from __future__ import annotations

import csv
import io

import pytest

from surveillance.indicators.table import INDICATORS
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in


@pytest.fixture
def site(cli, database_url, tmp_path, prepared):
    """A server with ten confirmed cases, of which six started radical cure."""

    def fill() -> None:
        listed = write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
        assert cli("facilities", "import", listed).code == 0
        rows = [
            record(
                record_id=str(number), disease="malaria", tested="yes", positive="yes", treated="yes",
                eligible="yes", province_home="KH12",
                detail=f"species=pv; primaquine={'14_days' if number < 6 else 'no'}",
            )
            for number in range(10)
        ]  # fmt: skip
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    prepared(fill)
    with served(database_url) as server:
        yield server


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_list_leads_to_every_indicator(site, language):
    reader = signed_in(site, "viewer")
    reader.set_cookie("chhlang-language", language)
    page = reader.get("/indicators").get_data(as_text=True)
    for name in INDICATORS:
        assert f'href="/indicators/{name}"' in page, name
    text = signed_in(site, "official").get("/indicators.csv").get_data(as_text=True)
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert {row["id"] for row in rows} == INDICATORS.keys()


def test_one_indicator_shows_value_map_and_files(site):
    reader = signed_in(site, "official")
    page = reader.get("/indicators/malaria_radical_cure").get_data(as_text=True)
    assert "<b>60.0%</b>" in page
    assert "6 / 10" in page
    assert 'class="province-map"' in page
    assert "Banteay Meanchey: 60.0%" in page
    text = reader.get("/indicators/malaria_radical_cure.csv?by=province").get_data(as_text=True)
    row = next(row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))) if row["code"] == "KH01")
    assert (row["numerator"], row["denominator"], row["value"]) == ("6", "10", "0.6")
    about = reader.get("/indicators/malaria_radical_cure.json").get_json()
    assert about["title"] == "Malaria: radical cure started"
    assert reader.get("/indicators/malaria_radical_cure.xlsx?by=facility").status_code == 200
    assert '<h2 id="course-title">' in page
    text = reader.get("/indicators/malaria_radical_cure/course.csv").get_data(as_text=True)
    assert [row["numerator"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))] == ["6"]
    assert reader.get("/indicators/tb_lost/course.csv").status_code == 404
    assert reader.get("/indicators/malaria_radical_cure.svg").get_data(as_text=True).startswith("<svg")


def test_an_unknown_rate_says_so_and_the_map_measure_is_linked(site):
    reader = signed_in(site, "official")
    page = reader.get("/indicators/malaria_api").get_data(as_text=True)
    assert "unknown: no number of people" in page
    assert "there is no number of people to divide by" in page  # why not by crossing
    page = reader.get("/indicators/malaria_positivity").get_data(as_text=True)
    assert "/map?measure=malaria_positivity&amp;by=province" in page


def test_what_cannot_be_asked_is_said_on_the_page(site):
    reader = signed_in(site, "official")
    for asked, words in (
        ("hiv_suppressed?by=facility", "could harm people"),
        ("malaria_api?by=crossing", "they do not live there"),
        ("malaria_testing?from=2025-99-01", "is not a day"),
        ("malaria_testing?by=village", "use one of"),
    ):
        answer = reader.get(f"/indicators/{asked}")
        assert answer.status_code == 400, asked
        assert words in answer.get_data(as_text=True), asked
    assert reader.get("/indicators/no_such").status_code == 404
    assert reader.get("/indicators/malaria_testing.svg?by=facility").status_code == 404


def test_a_viewer_is_shown_issued_figures_and_a_provincial_account_its_own(site):
    page = signed_in(site, "viewer").get("/indicators/malaria_radical_cure").get_data(as_text=True)
    assert "60.0%" not in page
    assert "nothing is issued" in page
    page = signed_in(site, "provincial").get("/indicators/malaria_radical_cure").get_data(as_text=True)
    assert "60.0%" not in page
    assert "Battambang" in page
    assert "Banteay Meanchey" not in page
