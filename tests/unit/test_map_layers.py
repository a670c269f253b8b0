"""Layers of the map: the same answer in the server's map and in Plotly's, through the door of disclosure."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from dashboard.figures.overlay import SHOWN, radius
from dashboard.pages.explorer.question import LAYERS
from dashboard.services import store
from tests.support.accounts import add_accounts
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.web import callback_body, served, settings, signed_in

JUNE = "from=2025-06-01&to=2025-06-30"
VISITS = [("TH01", "yes")] * 40 + [("TH01", "no")] * 20 + [("TH02", "yes")] * 2 + [("", "yes")] * 30


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """A server with ninety-two visits in Banteay Meanchey, two of them through a small gate."""

    def fill():
        listed = write_csv(
            tmp_path / "f.csv",
            {
                "facility_id": "HC1",
                "name_en": "One",
                "province": "KH01",
                "latitude": "13.6",
                "longitude": "102.9",
            },
        )
        assert cli("facilities", "import", listed).code == 0
        rows = [
            record(record_id=str(n), tested=tested, eligible="yes")
            | {
                "facility_id": "HC1",
                "disease": "malaria",
                "crossing": gate,
                "date_visit": f"2025-06-{2 + n % 27:02}",
            }
            for n, (gate, tested) in enumerate(VISITS)
        ]
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    prepared(fill)
    with served(database_url) as made:
        yield made


def first(client, search):
    """The page as it comes."""
    answer = client.get(f"/map?{search}&{JUNE}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def plotly(client, search):
    """Traces of Plotly's map by name."""
    answer = client.post(
        "/_dash-update-component", json=callback_body(client, f"?{search}&{JUNE}")
    ).get_json()
    return {trace.get("name"): trace for trace in answer["response"]["map"]["figure"]["data"]}


def test_counts_are_circles_over_plain_provinces(filled):
    client = signed_in(filled, "official")
    text = first(client, "layer=counts&disease=malaria")
    assert 'class="gate sized count"' in text
    assert re.search(r'<tspan class="v"[^>]*>72</tspan>', text)
    assert "area s" not in text
    assert "1,600 and more" in text
    traces = plotly(client, "layer=counts&disease=malaria")
    assert traces["circles"]["marker"]["size"] == [pytest.approx(2.2 * radius(72))]
    assert "<b>72</b>" in traces["values"]["text"]
    assert any(text.endswith("<br><b>72</b>") for text in traces["names"]["text"])
    assert "counts" not in traces, "the count of a province stands beneath its name, once"
    assert "crossings" not in traces


def test_crossings_are_as_large_as_the_people_who_named_them(filled):
    client = signed_in(filled, "official")
    text = first(client, "layer=crossings&disease=malaria")
    assert "Poipet: 60 recorded patients" in text
    assert "by=crossing&amp;area=TH01" in text
    traces = plotly(client, "layer=crossings&disease=malaria")
    said = dict(zip(traces["circles"]["text"], traces["circles"]["marker"]["size"], strict=True))
    assert said["Poipet: 60 recorded patients"] == pytest.approx(2.2 * radius(60))


def test_a_viewer_is_not_told_of_two_people_at_a_gate(filled, database_url):
    database = store.open_store(settings(database_url))
    issue(database, date(2025, 6, 1), date(2025, 6, 30), ("malaria",), axes=())
    database.dispose()
    client = signed_in(filled, "viewer")
    text = first(client, "layer=crossings&disease=malaria")
    assert "2 recorded patients" not in text.replace("62 recorded", "")
    assert "Poipet: 60 recorded patients" in text
    assert 'class="gate untold"' in text
    assert "unsaid" in plotly(client, "layer=crossings&disease=malaria")


def test_crossings_of_hiv_are_never_shown_and_the_reason_is(filled):
    text = first(signed_in(filled, "official"), "layer=crossings&disease=hiv")
    assert "gate sized" not in text
    assert "legend-meaning" in text
    assert "recorded patients who named it" in text


def test_facilities_are_points_and_clusters_are_for_those_who_look_for_them(filled):
    client = signed_in(filled, "official")
    assert any(
        "One" in text for text in plotly(client, "layer=facilities&disease=malaria")["crossings"]["text"]
    )
    assert "No cluster of this disease stands now." in first(client, "layer=clusters&disease=malaria")
    viewer = first(signed_in(filled, "viewer"), "layer=clusters&disease=malaria")
    assert "Clusters are shown to accounts that may look for them." in viewer
    assert '<option value="clusters"' not in viewer
    assert '<option value="clusters"' in first(client, "")


def test_a_layer_that_is_none_is_said_and_left_out(filled):
    client = signed_in(filled, "official")
    answer = client.post("/_dash-update-component", json=callback_body(client, "?layer=roads")).get_json()
    assert "roads" in str(answer["response"]["problem"])
    assert set(LAYERS) == {"coverage", "counts", "crossings", "facilities", "clusters", "neighbours"}


def test_circles_have_the_same_sizes_always():
    assert [radius(number) for number in SHOWN] == [5.0, 10.0, 20.0]
    assert radius(0) < radius(1)
    assert radius(10**6) == radius(1600)


def test_every_place_of_an_account_can_be_searched(filled):
    listed = signed_in(filled, "official").get("/map/areas").get_json()
    assert ["Banteay Meanchey · province", "បន្ទាយមានជ័យ", "KH01", "province"] in listed
    assert ["One · facility", "One", "HC1", "facility"] in listed
    assert {kind for *_, kind in listed} == {"province", "crossing", "facility"}
    assert len({name for name, *_ in listed}) == len(listed)
    own = signed_in(filled, "provincial").get("/map/areas").get_json()
    assert {code for *_, code, kind in own if kind == "province"} >= {"KH01", "KH02"}  # KH01 as issued
    assert not [code for *_, code, kind in own if kind == "facility"]
    assert filled.test_client().get("/map/areas").status_code == 401


def test_an_indicator_of_the_cascade_is_issued_and_says_so_and_others_are_not(filled, database_url):
    """As for the measure that counts the same: what a release holds, and nothing else."""
    database = store.open_store(settings(database_url))
    issue(database, date(2025, 6, 1), date(2025, 6, 30), ("malaria",), axes=())
    add_accounts(database, {"partner": ("partner", None)})
    viewer, partner = signed_in(filled, "viewer"), signed_in(filled, "partner")
    page = first(viewer, "measure=malaria_testing")
    assert re.search(r"Issued figures: release \d+", page)
    assert "Banteay Meanchey: 78.3%" in page
    assert "of this indicator nothing is issued" in first(viewer, "measure=malaria_radical_cure").lower()
    answer = partner.get(f"/map.csv?measure=malaria_testing&{JUNE}")
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(answer.get_data(True).lstrip("\ufeff")))}
    assert (rows["KH01"]["issued"], rows["KH01"]["threshold"]) == ("yes", "11")
    assert int(rows["KH01"]["numerator"]) == 72
    assert partner.get(f"/map.csv?measure=malaria_radical_cure&{JUNE}").status_code == 200
