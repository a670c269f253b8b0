"""Persons on the map page: the calendar year of the period, said in words, and what has no answer is grey."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.support.files import record, write_csv
from tests.support.pages import map_page
from tests.support.web import served, signed_in


@pytest.fixture
def client(sqlite_cli, tmp_path):
    """Two years of malaria, some of it without a number."""
    home = {"disease": "malaria", "eligible": "yes", "province_home": "KH01", "tested": "yes"}
    rows = [
        record(record_id=str(number), date_visit=f"{2024 + number % 2}-0{1 + number % 6}-07", **home)
        | {"person_id": f"P{number % 5}" if number % 4 else ""}
        for number in range(24)
    ]
    assert sqlite_cli("import", write_csv(tmp_path / "l.csv", *rows)).code == 0
    with served(sqlite_cli.url) as server:
        yield signed_in(server, "official")


def shown(client, search):
    """Everything the page is sent for an address, as text by its part."""
    return {name: json.dumps(part, ensure_ascii=False) for name, part in map_page(client, search).items()}


def test_the_page_counts_persons_within_the_calendar_year_of_the_last_day(client):
    parts = shown(client, "?disease=malaria&count=persons&place=home&area=KH01&from=2024-03-01&to=2025-04-30")
    assert "2025-01-01" in parts["subtitle"] and "2025-12-31" in parts["subtitle"]
    assert "each once in 2025" in parts["subtitle"]
    # The days are sent one by one, unbroken: what is shown, and what was asked for.
    said = parts["subtitle"].partition("Persons are counted in whole calendar years")[2]
    assert [said.index(day) for day in ("2025-01-01", "2025-12-31", "2024-03-01", "2025-04-30")]
    assert "5 / 5" in parts["table"]
    assert "person's number" not in parts["subtitle"], "only odd numbers are of 2025"
    trend = parts["trend"]
    assert "2024" in trend and "2025" in trend
    state = json.loads(parts["resolved"])["data"]
    assert (state["controls"]["count"], state["controls"]["step"]) == ("persons", "year")
    assert state["off"]["measure"] == ["completion"]


def test_a_week_that_becomes_a_year_is_announced_and_the_address_keeps_the_week(client):
    address = "?disease=malaria&count=persons&place=home&from=2025-03-03&to=2025-03-09"
    parts = shown(client, address)
    said = parts["subtitle"].partition("Persons are counted in whole calendar years")[2]
    assert all(day in said for day in ("2025-01-01", "2025-12-31", "2025-03-03", "2025-03-09"))
    state = json.loads(parts["resolved"])["data"]
    assert (state["controls"]["from"], state["controls"]["to"]) == ("2025-03-03", "2025-03-09")
    assert state["periods"] == [["2025-01-01..2025-12-31", "2025"], ["2024-01-01..2024-12-31", "2024"]]
    whole = shown(client, "?disease=malaria&count=persons&place=home&from=2025-01-01&to=2025-12-31")
    assert "Persons are counted in whole" not in whole["subtitle"]
    client.get("/language/km")
    assert "ឆ្នាំប្រតិទិនពេញ" in shown(client, address)["subtitle"]


def test_a_first_day_alone_asks_for_its_own_year(client):
    parts = shown(client, "?disease=malaria&count=persons&place=home&from=2024-03-01")
    assert "each once in 2024" in parts["subtitle"]


def test_records_without_a_number_are_said_and_exported(client):
    parts = shown(client, "?disease=malaria&count=persons&place=home&to=2024-06-30")
    assert "6 records have no person" in parts["subtitle"]
    answer = client.get(
        "/export/coverage.csv?disease=malaria&count=persons&place=home&from=2024-01-01&to=2024-12-31"
    )
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))}
    assert (rows["KH01"]["records_without_person"], rows["KH01"]["unknown"]) == ("6", "6")
    assert rows["KH02"]["records_without_person"] == "0"


def test_what_persons_cannot_answer_is_left_out_and_named(client):
    parts = shown(client, "?disease=malaria&count=persons&sex=female&age=25-49")
    assert "one group at a time" in parts["problem"]
    assert "each once in" not in parts["subtitle"]
