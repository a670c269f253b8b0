"""What is taken from a page holds the page's numbers, in every format, and nothing that the page hides."""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook
from werkzeug.http import parse_options_header

from dashboard.exports.coverage import described
from dashboard.pages.take_away.answers import TABLES
from dashboard.services import store
from db.operations import audit
from tests.support.files import record, write_csv
from tests.support.web import callback_body, served, settings, signed_in

HOSTILE = '=cmd|"/c calc"!A1 <script>alert(1)</script> & "'
KHMER = 'មណ្ឌល "៣"; x=1'
PERIOD = "disease=tb&from=2025-01-01&to=2025-03-31"


@pytest.fixture
def site(sqlite_cli, tmp_path, sqlite_prepared):
    """A server on it."""
    cli = sqlite_cli

    def fill():
        facilities = [
            {
                "facility_id": "HC1",
                "name_en": HOSTILE,
                "province": "KH01",
                "latitude": "13.6",
                "longitude": "102.6",
            },
            {
                "facility_id": "HC2",
                "name_en": "Two",
                "province": "KH02",
                "latitude": "13.1",
                "longitude": "103.2",
            },
            {"facility_id": KHMER, "name_en": "Three", "province": "KH02"},
        ]
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *facilities)).code == 0
        rows = []
        for place, people, tested in (("HC1", 37, 23), ("HC2", 9, 7)):
            for n in range(people):
                day = f"2025-0{n % 3 + 1}-1{n % 9}"
                rows.append(
                    record(
                        record_id=f"{place}-{n}",
                        tested="yes" if n < tested else "no",
                        eligible="yes",
                        sex="male",
                    )
                    | {"facility_id": place, "date_visit": day, "disease": "tb", "positive": ""}
                )
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    sqlite_prepared(fill)
    with served(cli.url) as server:
        server.url = cli.url
        yield server


def csv_rows(answer):
    """Rows of a CSV."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def xlsx_rows(answer, sheet=0):
    """Rows of a sheet as dictionaries, empty cells as empty texts."""
    assert answer.status_code == 200
    found = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(sheet).to_python()
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def texts(answer):
    """What an SVG says in words, labels and titles alike."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    root = ElementTree.fromstring(answer.data)
    return [
        text
        for element in root.iter()
        if not element.tag.endswith("style")
        for text in [element.text]
        if text
    ] + [element.get("aria-label") for element in root.iter() if element.get("aria-label")]


@pytest.mark.parametrize("question", [PERIOD, "disease=tb", f"{PERIOD}&by=facility", f"{PERIOD}&sex=male"])
def test_the_pages_address_gives_what_the_old_address_gives(site, question):
    client = signed_in(site, "official")
    old, new = client.get(f"/export/coverage.csv?{question}"), client.get(f"/map.csv?{question}")
    assert old.status_code == new.status_code == 200
    assert csv_rows(old) == csv_rows(new)


@pytest.mark.parametrize("part", ["map", "map/trend", "map/groups"])
def test_csv_and_workbook_hold_the_same(site, part):
    client = signed_in(site, "official")
    text, book = (client.get(f"/{part}.{kind}?{PERIOD}&area=KH01") for kind in ("csv", "xlsx"))
    plain, cells = csv_rows(text), xlsx_rows(book)
    assert plain
    for row, cell in zip(plain, cells, strict=True):
        assert row.keys() == cell.keys()
        for name, said in row.items():
            held = cell[name]
            if isinstance(held, float):
                assert float(said) == pytest.approx(held)
            else:
                assert str(held) == said
    about = {row["what"]: row["is"] for row in xlsx_rows(book, 1)}
    assert "tested" in about["question"]
    assert about["data_up_to"] == "2025-03-18"


def test_every_column_says_what_it_means(site):
    client = signed_in(site, "official")
    for question in (PERIOD, "disease=tb&measure=completion", "disease=tb&count=persons&from=2025-01-01"):
        names = csv_rows(client.get(f"/map.csv?{question}"))[0].keys()
        asked = {"disease", "by", "place", "measure", "count"}
        unsaid = [one.name for one in described(names) if "as the address names it" in one.meaning]
        assert set(unsaid) <= asked


def test_the_picture_says_the_pages_numbers(site):
    client = signed_in(site, "official")
    said = texts(client.get(f"/map.svg?{PERIOD}"))
    assert any("62.2% (" in text for text in said)
    assert any("23 of 37" in text for text in said)
    shown = client.post("/_dash-update-component", json=callback_body(client, f"?{PERIOD}")).get_json()
    title = shown["response"]["title"]["children"]
    assert title in said
    assert any("2025-01-01 – 2025-03-31" in text for text in said)
    assert any("data up to 2025-03-18" in text for text in said)
    groups = texts(client.get(f"/map/groups.svg?{PERIOD}&area=KH01"))
    assert "23 of 37" in groups
    for part in ("map", "map/trend", "map/groups"):
        assert client.get(f"/{part}.png?{PERIOD}&area=KH01").data.startswith(b"\x89PNG")


@pytest.mark.parametrize("by", ["province", "facility"])
def test_what_is_hidden_is_hidden_in_every_format(site, by):
    """A viewer is told no number below five: two of nine were not tested."""
    viewer, official = signed_in(site, "viewer"), signed_in(site, "official")
    for part in ("map", "map/trend", "map/groups"):
        question = f"{PERIOD}&by={by}&area=" + ("KH02" if by == "province" else "HC2")
        assert viewer.get(f"/{part}.csv?{question}").status_code == 403
        assert viewer.get(f"/{part}.xlsx?{question}").status_code == 403
        said = " ".join(texts(viewer.get(f"/{part}.svg?{question}")))
        assert not re.search(r"\b7 of 9\b|\b77\.8%|\b78%", said), part
        if part == "map" and by == "province":
            assert "7 of 9" in " ".join(texts(official.get(f"/{part}.svg?{question}")))
            assert "hidden" in said
    sidecar = viewer.get(f"/map.json?{PERIOD}").get_json()
    assert "No number from 1 to 4" in sidecar["chhlang"]["threshold"]


def test_a_provincial_account_takes_its_own_province_alone(site):
    client = signed_in(site, "provincial")
    values = {row["code"]: row["denominator"] for row in csv_rows(client.get(f"/map.csv?{PERIOD}"))}
    assert values.get("KH02") == "9"
    assert not values.get("KH01")
    said = " ".join(texts(client.get(f"/map.svg?{PERIOD}")))
    assert "23 of 37" not in said
    home = client.get(f"/map.csv?{PERIOD}&place=home")
    assert {row["status"] for row in csv_rows(home)} == {"hidden"}
    assert "none has been issued yet" in csv_rows(home)[0]["note"]
    assert client.get(f"/map.svg?{PERIOD}&place=infection&measure=treatment").status_code == 403


def test_the_fixed_address_says_that_it_is_one(site):
    client = signed_in(site, "official")
    latest, dated = (client.get(f"/map.json?{asked}").get_json() for asked in ("disease=tb", PERIOD))
    assert "last complete weeks" in latest["chhlang"]["latest"]
    assert "latest" not in dated["chhlang"]
    assert dated["chhlang"]["numerator"] == "tested of those seen and eligible"
    assert set(dated["chhlang"]["statuses"]) >= {"value", "zero", "nobody", "hidden", "not reported"}
    kinds = {one["format"]: one["path"] for one in dated["resources"]}
    assert set(kinds) == {"csv", "xlsx", "png", "svg"}
    assert dated["resources"][0]["schema"]["fields"][0]["name"] == "code"
    for path in kinds.values():
        assert client.get(path.removeprefix("http://localhost")).status_code == 200
    assert client.get("/map.csv").status_code == 200


@pytest.mark.parametrize("wrong", ["diseas=tb", "disease=tb&measure=x", "disease=tb&from=2025-13-01"])
def test_a_wrong_question_is_refused_and_not_left_out(site, wrong):
    client = signed_in(site, "official")
    for kind in ("csv", "xlsx", "png", "svg", "json"):
        assert client.get(f"/map.{kind}?{wrong}").status_code == 400


def test_a_hostile_name_is_a_text_in_every_format(site):
    client = signed_in(site, "official")
    question = f"{PERIOD}&by=facility&area=HC1"
    names = [row["name"] for row in csv_rows(client.get(f"/map.csv?{question}"))]
    assert f"'{HOSTILE}" in names
    assert HOSTILE in [row["name"] for row in xlsx_rows(client.get(f"/map.xlsx?{question}"))]
    for part in ("map", "map/trend"):
        answer = client.get(f"/{part}.svg?{question}")
        assert b"<script" not in answer.data
        assert "attachment" in answer.headers["Content-Disposition"]
        assert any("alert(1)" in text for text in texts(answer))
    assert json.loads(client.get(f"/map.json?{question}").data)


def test_each_file_is_written_into_the_audit_trail(site):
    client = signed_in(site, "official")
    for kind in ("csv", "xlsx", "png", "svg"):
        assert client.get(f"/map.{kind}?{PERIOD}").status_code == 200
    database = store.open_store(settings(site.url))
    used = [json.loads(row.detail) for row in audit.latest(database) if row.action == "export"]
    database.dispose()
    assert {one["format"] for one in used} >= {"csv", "xlsx", "png", "svg"}


def test_files_are_in_the_readers_language(site):
    client = signed_in(site, "official")
    client.get("/language/km")
    said = " ".join(texts(client.get(f"/map.svg?{PERIOD}")))
    assert "របេង៖ តើនៅទីណាបានធ្វើតេស្តតិចជាងគេ?" in said
    assert "បន្ទាយមានជ័យ" in said


def test_the_first_page_and_reporting_have_their_files(site):
    client, viewer = signed_in(site, "official"), signed_in(site, "viewer")
    lines = csv_rows(client.get("/today.csv"))
    assert {row["disease"] for row in lines} >= {"tb", "malaria", "hiv"}
    assert "last complete weeks" in client.get("/today.json").get_json()["chhlang"]["latest"]
    assert any("tuberculosis" in text for text in texts(client.get("/today.svg")))
    assert viewer.get("/today.svg").status_code == 404  # nothing has been issued
    rows = xlsx_rows(client.get("/reporting.xlsx"))
    assert [row["facility_id"] for row in rows] == [
        row["facility_id"] for row in csv_rows(client.get("/reporting.csv"))
    ]
    assert (
        client.get("/reporting.json").get_json()["resources"][0]["schema"]["fields"][0]["name"]
        == "facility_id"
    )
    assert viewer.get("/today.csv").status_code == viewer.get("/reporting.xlsx").status_code == 403


def test_a_file_of_a_facility_with_a_khmer_number_is_sent_by_its_name(site):
    client = signed_in(site, "official")
    page = f"/facilities/{quote(KHMER, safe='')}"
    for kind in (*TABLES, "json"):
        answer = client.get(f"{page}.{kind}?disease=tb")
        assert answer.status_code == 200, (kind, answer.get_data(as_text=True)[:300])
        said = answer.headers["Content-Disposition"]
        said.encode("ascii")
        assert (parse_options_header(said)[1]["filename"]).startswith("chhlang-facility-មណ្ឌល _៣_; x=1")
