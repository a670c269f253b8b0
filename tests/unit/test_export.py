"""The downloaded table: it answers the question that was asked, or says what is wrong with it."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.files import record, write_csv
from tests.support.web import callback_body, served, signed_in


@pytest.fixture
def client(sqlite_cli, sqlite_prepared, tmp_path):
    """Somebody who may export, on a small database."""

    def fill():
        facility = {"facility_id": "HC1", "province": "KH01"}
        assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", facility)).code == 0
        rows = [record(date_visit=day, eligible="yes") for day in ("2022-03-05", "2025-03-05")]
        assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0

    sqlite_prepared(fill)
    with served(sqlite_cli.url) as server:
        yield signed_in(server, "official")


def table(answer):
    """Rows of a download."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("diseas=tb", "diseas"),
        ("disease=tb&mesure=positivity", "mesure"),
        ("disease=tb&step=month", "step"),
        ("disease=tb&legal_status=irregular", "legal_status"),
        ("", "disease: is missing"),
        ("measure=testing", "disease: is missing"),
        ("disease=", "disease: is missing"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused_in_words(question, said, client):
    answer = client.get(f"/export/coverage.csv?{question}")
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_an_open_question_is_answered_for_the_last_whole_weeks_or_quarter_of_the_data(client):
    (row,) = [r for r in table(client.get("/export/coverage.csv?disease=tb")) if r["code"] == "KH01"]
    assert (row["from"], row["to"]) == ("2024-10-01", "2024-12-31")
    assert row["data_up_to"] == "2025-03-05"
    (row,) = [r for r in table(client.get("/export/coverage.csv?disease=malaria")) if r["code"] == "KH01"]
    assert (row["from"], row["to"]) == ("2024-03-04", "2025-03-02")


def test_the_pages_link_is_a_question_that_the_export_answers(client):
    search = "?disease=tb&sex=female&age=15-49&step=month&area=KH01&utm=x"
    shown = client.post("/_dash-update-component", json=callback_body(client, search))
    links = {
        part["href"]
        for part in shown.get_json()["response"].values()
        if str(part.get("href", "")).startswith("/export/")
    }
    assert len(links) == 1
    assert "age=15-24%2C25-49" in next(iter(links))
    assert table(client.get(links.pop()))


def test_the_page_without_javascript_offers_a_table_that_can_be_had(client):
    page = client.get("/map").get_data(as_text=True)
    assert 'href="/export/coverage.csv?disease=malaria"' in page
    assert client.get("/export/coverage.csv?disease=malaria").status_code == 200
