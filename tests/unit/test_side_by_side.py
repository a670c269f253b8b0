"""Two maps side by side: the same question with one thing changed, each as the map alone would show it."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from dashboard.pages.explorer.beside import other
from dashboard.pages.explorer.question import read
from dashboard.services.imports.data_status import DataStatus
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

STATUS = DataStatus(False, 1, "2025-07-01T00:00:00", date(2023, 1, 2), date(2025, 6, 29))
TODAY = date(2025, 7, 10)


@pytest.mark.parametrize(
    ("beside", "changes"),
    [
        ("before", {"from": "2025-04-01", "to": "2025-04-30"}),
        ("year", {"from": "2024-05-01", "to": "2024-05-31"}),
        ("measure:positivity", {"measure": "positivity", "disease": "malaria"}),
        ("movement:returning,deported", {"movement": "returning,deported"}),
        ("2023-02-01..2023-02-28", {"from": "2023-02-01", "to": "2023-02-28"}),
    ],
)
def test_what_stands_beside_a_question(beside, changes):
    question = read(f"?disease=malaria&from=2025-05-01&to=2025-05-31&beside={beside}", STATUS, TODAY)
    assert not question.problems
    assert other(question) == changes


@pytest.mark.parametrize(
    "beside",
    ["measure:none", "movement:", "roads:1", "2025-02-30..2025-03-01", "2025-03-02..2025-03-01", "x"],
)
def test_what_cannot_stand_beside_is_named_and_left_out(beside):
    question = read(f"?disease=malaria&beside={beside}", STATUS, TODAY)
    assert [error.parameter for error in question.problems] == ["beside"]
    assert question.beside is None


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """A server with sixty visits in May, and forty a month earlier."""

    def fill():
        listed = write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
        assert cli("facilities", "import", listed).code == 0
        days = [("2025-05-10", "yes")] * 45 + [("2025-05-10", "no")] * 15 + [("2025-04-10", "yes")] * 10
        days += [("2025-04-10", "no")] * 30 + [("2025-06-30", "no")]
        rows = [
            record(record_id=str(n), tested=tested, eligible="yes")
            | {"facility_id": "HC1", "disease": "malaria", "date_visit": day}
            for n, (day, tested) in enumerate(days)
        ]
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    prepared(fill)
    with served(database_url) as made:
        yield made


def shown(client, search):
    """What each map says of Banteay Meanchey."""
    answer = client.get(f"/beside?{search}")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    return re.findall(r'aria-label="Banteay Meanchey: ([^"]+)"', text), text


def test_both_maps_say_what_the_map_alone_would(filled):
    client = signed_in(filled, "official")
    (now, earlier), text = shown(client, "disease=malaria&from=2025-05-01&to=2025-05-31&beside=before")
    assert now.startswith("75.0%")
    assert earlier.startswith("25.0%")
    assert len(re.findall(r' id="([^"]+)"', text)) == len(set(re.findall(r' id="([^"]+)"', text)))
    assert text.count('class="legend classes"') == 1
    (tested, eligible), text = shown(
        client, "disease=malaria&from=2025-05-01&to=2025-05-31&beside=measure:eligibility"
    )
    assert (tested[:5], eligible[:6]) == ("75.0%", "100.0%")
    assert text.count('class="legend classes"') == 2


def test_an_account_of_a_province_sees_its_own_in_both(filled):
    (now, earlier), text = shown(signed_in(filled, "provincial"), "disease=malaria&beside=before")
    assert now == earlier == "outside your provinces"
    assert "75.0%" not in text


def test_the_page_is_khmer_too_and_names_what_it_cannot_read(filled):
    client = signed_in(filled, "official")
    client.get("/language/km")
    text = client.get("/beside?disease=malaria&beside=nothing").get_data(as_text=True)
    assert "នៅទន្ទឹមគ្នា" in text
    assert "beside: &#39;nothing&#39;" in text or "nothing" in text


def test_both_maps_are_taken_away_each_with_its_own_question(filled):
    client = signed_in(filled, "official")
    address = "/beside?disease=malaria&from=2025-05-01&to=2025-05-31&beside=before"
    page = html.unescape(client.get(address).get_data(as_text=True))
    links = re.findall(r'href="(/map\.[^"]+)"[^>]* download', page)
    assert [link.partition("?")[0] for link in links] == [
        "/map.png", "/map.svg", "/map.png", "/map.svg", "/map.csv", "/map.xlsx", "/map.csv", "/map.xlsx",
    ]  # fmt: skip
    assert len({link for link in links if link.startswith("/map.svg")}) == 2
    assert all(client.get(link).status_code == 200 for link in links)
