"""The map that the page holds when it comes: of the question asked, what may be shown, read once for both."""

from __future__ import annotations

import re
from datetime import date

import pytest
from dash import dcc, html

from dashboard.components.as_html import as_html
from dashboard.pages.explorer import first_map
from dashboard.pages.explorer.first_map import Answers
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from dashboard.services.imports.data_status import DataStatus
from db.core.scope import Scope
from tests.support.files import record, write_csv
from tests.support.pages import map_page
from tests.support.web import served, signed_in

OFFICIAL = Grant("a@health.example", "official", Scope.everything())
OTHERS = (
    Grant("b@health.example", "official", Scope.everything()),
    Grant("a@health.example", "viewer", Scope.everything()),
    Grant("a@health.example", "official", Scope.of("KH01")),
)
STATUS = DataStatus(False, 1, "2026-01-01T00:00:00+00:00", date(2025, 1, 1), date(2025, 12, 31))


@pytest.fixture(scope="module")
def server(sqlite_files, tmp_path_factory):
    """A server on two provinces; KH02 has two people."""
    from tests.support.command_line import CommandLine

    folder = tmp_path_factory.mktemp("rows")
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2)]
        assert cli("facilities", "import", write_csv(folder / "f.csv", *listed)).code == 0
        rows = [
            record(record_id=str(n), facility_id=f"HC{1 + n // 300}", date_visit="2025-03-04", eligible="yes",
                   tested="yes" if n % 4 else "no")
            for n in range(302)
        ]  # fmt: skip
        assert cli("import", write_csv(folder / "a.csv", *rows)).code == 0
        with served(url) as made:
            yield made


def page(client, search: str) -> str:
    answer = client.get(f"/map{search}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def province(text: str, code: str) -> tuple[str, str]:
    """Look and words of a province, by its name."""
    name = {"KH01": "Banteay Meanchey", "KH02": "Battambang", "KH12": "Phnom Penh"}[code]
    (found,) = re.findall(rf'class="area ([^"]+)" aria-label="({name}[^"]*)"', text)
    return found


def test_the_page_holds_the_map_of_the_question_and_says_what_the_table_says(server):
    client = signed_in(server, "official")
    text = page(client, "?disease=tb&from=2025-01-01&to=2025-12-31")
    assert province(text, "KH01") == ("s1", "Banteay Meanchey: 75.0% (69.8%–79.6%), 225 of 300")
    assert province(text, "KH02")[0] == "few"
    assert province(text, "KH12")[0] == "missing"
    assert 'data-asked="?disease=tb&amp;from=2025-01-01&amp;to=2025-12-31"' in text
    assert '<h1 class="map-title">Tuberculosis: ' in text
    assert re.search(r'href="[^"]*disease=tb[^"]*area=KH01"', text)
    assert "75.0%" in map_page(client, "?disease=tb&from=2025-01-01&to=2025-12-31")["table"]
    assert len(text.encode()) < 64_000


def test_by_crossing_and_by_facility_no_province_has_a_value(server):
    client = signed_in(server, "official")
    for by in ("crossing", "facility"):
        text = page(client, f"?disease=tb&by={by}&from=2025-01-01&to=2025-12-31")
        assert province(text, "KH01") == ("plain", "Banteay Meanchey")
        assert not re.search(r'class="area [sn]\d', text)
        assert ('class="gate' in text) is (by == "crossing")


def test_an_account_of_one_province_is_shown_nothing_of_the_others(server):
    text = page(signed_in(server, "provincial"), "?disease=tb&from=2025-01-01&to=2025-12-31")
    assert province(text, "KH01") == ("outside", "Banteay Meanchey: outside your provinces")
    assert province(text, "KH02")[0] == "few"
    assert "75.0%" not in text


def test_what_is_hidden_stays_hidden(server):
    text = page(signed_in(server, "official"), "?disease=malaria&place=infection&measure=testing")
    assert province(text, "KH01")[0] == "hidden"
    assert "%)" not in text[text.index("<svg") : text.index("</svg>")]


def test_the_database_is_asked_once_for_the_page_and_its_callback(server, monkeypatch):
    client, asked, inner = signed_in(server, "official"), [], view.view
    monkeypatch.setattr(view, "view", lambda *given: asked.append(given) or inner(*given))
    page(client, "?disease=tb&sex=male")
    assert len(asked) == 1
    first = map_page(client, "?disease=tb&sex=male")
    assert len(asked) == 2, "the callback took what the page read; the second is the trend's"
    again = map_page(client, "?disease=tb&sex=male")
    assert len(asked) == 4, "it is given once"
    assert first == again


@pytest.mark.parametrize("search", ["?%00", "?disease=%3Cscript%3E", "?area=%ed%a0%80", "?x=" + "y" * 5_000])
def test_whatever_stands_in_the_address_the_page_answers(server, search):
    text = page(signed_in(server, "viewer"), search)
    assert 'class="province-map"' in text
    assert "<script>" not in text[text.index("first-view") : text.index("</svg>")]


def test_an_answer_is_given_once_and_only_to_whom_and_while_it_holds(monkeypatch):
    answers, made, now = Answers(), object(), [1_000.0]
    monkeypatch.setattr(first_map, "monotonic", lambda: now[0])
    answers.lay_down(OFFICIAL, "?disease=tb", STATUS, made)
    for other in OTHERS:
        assert answers.take(other, "?disease=tb", STATUS) is None
    assert answers.take(OFFICIAL, "?disease=hiv", STATUS) is None
    assert answers.take(OFFICIAL, "?disease=tb", STATUS) is made
    assert answers.take(OFFICIAL, "?disease=tb", STATUS) is None
    answers.lay_down(OFFICIAL, "", STATUS, made)
    assert answers.take(OFFICIAL, "", DataStatus(False, 2, None, None, None)) is None, "other data"
    answers.lay_down(OFFICIAL, "", STATUS, made)
    now[0] += 31
    assert answers.take(OFFICIAL, "", STATUS) is None
    for number in range(9):
        answers.lay_down(OFFICIAL, str(number), STATUS, made)
    assert [answers.take(OFFICIAL, str(number), STATUS) is made for number in range(9)] == [False] + [
        True
    ] * 8


def test_components_become_the_markup_they_stand_for():
    part = html.Div(
        [html.Span("<b>", className="day", title='"'), html.Br(), None, " & "],
        id="left-out",
        style={"backgroundColor": "#fff"},
        hidden=True,
    )
    assert as_html(part) == (
        '<div hidden style="background-color:#fff"><span class="day" title="&#34;">&lt;b&gt;</span><br>'
        " &amp; </div>"
    )
    with pytest.raises(TypeError, match="Graph"):
        as_html(dcc.Graph())
