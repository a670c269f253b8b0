"""Records leave only for those entitled, with a reason, within scope and filters; each time is audited."""

from __future__ import annotations

import csv
import io
import json

import pytest
from python_calamine import CalamineWorkbook

from dashboard.exports import stamp
from dashboard.services import store
from dashboard.services.take_away import records as service
from db.clusters.case_counts import LINE_COLUMNS
from db.operations import audit
from surveillance.line_list import BY_NAME
from tests.support.accounts import add_accounts
from tests.support.files import record, write_csv
from tests.support.web import served, settings, signed_in

REASON = "Contact tracing of the outbreak in Poipet"
HOSTILE = "=1+1"
QUESTION = "disease=malaria&from=2025-01-01&to=2025-03-31"
ROWS = [
    {
        "record_id": f"R{n}",
        "facility_id": ("HC1", "HC2", HOSTILE)[n % 3],
        "sex": ("male", "female")[n % 2],
        "disease": ("malaria", "malaria", "malaria", "dengue", "hiv")[n % 5],
        "date_visit": f"2025-0{n % 5 + 1}-{n % 27 + 1:02d}",
        "province_home": ("KH01", "KH03")[n // 2 % 2],
        "person_id": f"P-SECRET-{n}",
        "person_id_issuer": "ministry",
    }
    for n in range(60)
]
PROVINCE = {"HC1": "KH01", "HC2": "KH02", HOSTILE: "KH02"}
MORE = {
    "epidemiologist": ("epidemiologist", None),
    "manager": ("data_manager", None),
    "field": ("epidemiologist", ("KH02",)),
}


@pytest.fixture
def site(sqlite_cli, tmp_path, monkeypatch, sqlite_prepared):
    """A server with sixty records in three facilities."""
    monkeypatch.setenv("CHHLANG_SECRET_KEY", "4f1d8c2b7a6e5930d1c2b3a495867708")

    def fill():
        listed = [{"facility_id": name, "province": province} for name, province in PROVINCE.items()]
        assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
        done = sqlite_cli("import", write_csv(tmp_path / "l.csv", *(record(**row) for row in ROWS)))
        assert done.code == 0, done.stderr

    sqlite_prepared(fill)
    database = store.open_store(settings(sqlite_cli.url))
    add_accounts(database, MORE)
    with served(sqlite_cli.url) as server:
        server.database = database
        yield server
    database.dispose()


def wanted(question, provinces=None):
    """The rows that a question counts, one by one."""
    months = ("2025-01", "2025-02", "2025-03")
    return sorted(
        (row["date_visit"], row["facility_id"], row["sex"])
        for row in ROWS
        if row["disease"] == "malaria"
        and row["date_visit"].startswith(months)
        and ("sex=female" not in question or row["sex"] == "female")
        and ("area=KH02" not in question or PROVINCE[row["facility_id"]] == "KH02")
        and ("area=HC1" not in question or row["facility_id"] == "HC1")
        and ("place=home" not in question or row["province_home"] == "KH03")
        and (provinces is None or PROVINCE[row["facility_id"]] in provinces)
    )


def taken(client, question, kind="csv", reason=REASON):
    """Post the form."""
    return client.post(f"/records?{question}", data={"reason": reason, "format": kind})


def rows_of(answer):
    """Rows of a CSV."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "more", ["", "&sex=female", "&area=KH02", "&by=facility&area=HC1", "&place=home&area=KH03"]
)
def test_the_file_holds_the_records_that_the_question_counts(site, more):
    question = QUESTION + more
    found = rows_of(taken(signed_in(site, "epidemiologist"), question))
    said = sorted((row["date_visit"], row["facility"].removeprefix("'"), row["sex"]) for row in found)
    assert said == wanted(question)
    if not more:
        scoped = rows_of(taken(signed_in(site, "field"), question))
        assert len(scoped) == len(wanted(question, {"KH02"})) < len(found)
        assert {row["province_care"] for row in scoped} == {"KH02"}


def test_no_column_names_a_person_or_a_record(site):
    client = signed_in(site, "epidemiologist")
    answer = taken(client, QUESTION)
    assert tuple(rows_of(answer)[0]) == (*service.COLUMNS, *stamp.COLUMNS)
    assert ("number", *LINE_COLUMNS) == service.COLUMNS
    secret = {name for name, field in BY_NAME.items() if field.sensitivity in ("identifying", "sensitive")}
    assert secret >= {"person_id", "record_id", "arrival_id", "legal_status"}
    assert not secret & set(service.COLUMNS)
    assert b"SECRET" not in answer.data
    assert f"'{HOSTILE}" in {row["facility"] for row in rows_of(answer)}
    book = CalamineWorkbook.from_filelike(io.BytesIO(taken(client, QUESTION, "xlsx").data))
    sheet, about = (book.get_sheet_by_index(place).to_python() for place in (0, 1))
    assert len(sheet) == len(rows_of(answer)) + 1
    assert HOSTILE in {row[1] for row in sheet}
    assert ["reason", REASON] in about


@pytest.mark.parametrize("name", ["viewer", "official", "manager", "administrator", "provincial"])
def test_other_roles_get_neither_the_page_nor_the_file(site, name):
    client = signed_in(site, name)
    assert client.get(f"/records?{QUESTION}").status_code == 403
    assert taken(client, QUESTION).status_code == 403
    assert "Take records away" not in client.get("/map").get_data(as_text=True)


def test_what_has_no_line_list_is_refused_and_audited(site):
    client, scoped = signed_in(site, "epidemiologist"), signed_in(site, "field")
    hiv = QUESTION.replace("malaria", "hiv")
    assert client.get(f"/records?{hiv}").status_code == taken(client, hiv).status_code == 403
    assert taken(scoped, f"{QUESTION}&place=home").status_code == 403
    assert taken(client, f"{QUESTION}&as_of=2026-01-01").status_code == 400
    refused = [row for row in audit.latest(site.database) if row.action == "refused"]
    assert len(refused) >= 2


@pytest.mark.parametrize("reason", ["", "short", " \n ".join("abc"), "x" * 301])
def test_a_reason_is_asked_for(site, reason):
    client = signed_in(site, "epidemiologist")
    answer = taken(client, QUESTION, reason=reason)
    assert answer.status_code == 400
    assert "10 to 300 characters" in answer.get_data(as_text=True)
    assert not [row for row in audit.latest(site.database) if row.action == "line list export"]


def test_each_file_is_audited_with_its_reason_and_its_rows(site):
    many = len(rows_of(taken(signed_in(site, "epidemiologist"), QUESTION, reason=f" {REASON}\n<b> ")))
    (row,) = [row for row in audit.latest(site.database) if row.action == "line list export"]
    detail = json.loads(row.detail)
    assert row.actor == "epidemiologist@example.org"
    assert detail["reason"] == f"{REASON} <b>"
    assert (detail["records"], detail["format"], detail["disease"]) == (many, "csv", "malaria")


def test_too_many_records_are_refused_and_not_cut(site, monkeypatch):
    monkeypatch.setitem(service.MOST, "csv", len(wanted(QUESTION)) - 1)
    client = signed_in(site, "epidemiologist")
    answer = taken(client, QUESTION)
    assert answer.status_code == 400
    assert "take a shorter period" in answer.get_data(as_text=True)
    assert REASON in answer.get_data(as_text=True)
    assert taken(client, QUESTION, "xlsx").status_code == 200


def test_an_account_takes_ten_files_an_hour(site):
    client = signed_in(site, "epidemiologist")
    assert [taken(client, QUESTION).status_code for _ in range(11)] == [200] * 10 + [429]
    assert taken(signed_in(site, "field"), QUESTION).status_code == 200
