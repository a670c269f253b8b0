"""Counts across the border on the map: known, in part, unknown and hidden are told apart in both maps."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from dashboard.figures.overlay import radius
from dashboard.permissions import Grant, Scope
from dashboard.services.neighbours.on_map import sent_in
from db.maintenance.opening import open_database
from surveillance.status import Status
from tests.support import across_the_border
from tests.support.files import record, write_csv
from tests.support.programs import program
from tests.support.web import callback_body, served, signed_in

JUNE = "disease=dengue&layer=neighbours&from=2025-06-01&to=2025-06-30"
FIRST, LAST = date(2025, 6, 1), date(2025, 6, 30)
#: Whole weeks of June 2025, by their numbers in the support module.
WEEKS = [
    number
    for number in range(across_the_border.WEEKS)
    if FIRST <= across_the_border.FIRST + timedelta(weeks=number) <= LAST - timedelta(days=6)
]


@pytest.fixture
def database_of_both(sqlite_cli, sqlite_url, sqlite_prepared, tmp_path):
    """Address of a database with one record of ours and six areas across the border."""

    def fill():
        row = record(record_id="1") | {"disease": "dengue", "date_visit": "2025-06-03"}
        assert sqlite_cli("import", write_csv(tmp_path / "l.csv", row)).code == 0
        across_the_border.fill(sqlite_cli, tmp_path)

    sqlite_prepared(fill)
    return sqlite_url


def sums(code, place):
    return sum(
        (number * (place + 3)) % (6 + 8 * place)
        for number in WEEKS
        if not (code == "VN-37" and number % 5 == 0)
    )


def test_what_was_sent_is_summed_and_what_was_not_is_unknown(database_of_both, sqlite_cli, tmp_path):
    database = open_database(database_of_both)
    whole = Grant("a", "epidemiologist", Scope.everything())

    def told(grant, disease="dengue", first=FIRST, last=LAST):
        found = sent_in(database, grant, disease, first, last, "en")
        return found.reason, {one.code: one for one in found.areas}

    _, areas = told(whole)
    assert len(WEEKS) == 4 and {one.steps for one in areas.values()} == {4}
    assert (areas["TH-27"].cases, areas["TH-27"].known) == (sums("TH-27", 0), 4)
    assert areas["TH-27"].whole and areas["TH-23"].reported is None
    assert (areas["TH-32"].cases, areas["TH-32"].status) == (0, Status.ZERO)
    assert (areas["LA-CH"].cases, areas["LA-CH"].status) == (None, Status.UNKNOWN)
    part = areas["VN-37"]
    assert (part.cases, part.known, part.whole) == (sums("VN-37", 5), 3, False)
    _, viewed = told(Grant("v", "viewer", Scope.everything()))
    assert (viewed["VN-44"].cases, viewed["VN-44"].status) == (None, Status.HIDDEN)
    assert viewed["TH-27"].cases == areas["TH-27"].cases
    assert told(whole, "hiv")[1] == {}
    assert told(replaced(whole, "tb"))[0] and not told(whole)[0]
    assert told(whole, "")[0]
    # Months are not made of weeks: the step of which more is known is shown.
    month = {"area": "VN-37", "disease": "dengue", "period": "2025-06", "cases": 77, "published": "yes"}
    assert sqlite_cli("neighbours", "import", write_csv(tmp_path / "m.csv", month)).code == 0
    better = told(whole)[1]["VN-37"]
    assert (better.cases, better.step, better.known, better.steps) == (77, "month", 1, 1)
    database.dispose()


def replaced(grant, programme):
    return Grant(grant.actor, grant.role, Scope(None, programmes=frozenset({programme})))


def test_both_maps_tell_known_part_unknown_and_hidden_apart(database_of_both):
    with served(database_of_both) as made:
        client = signed_in(made, "official")
        text = client.get(f"/map?{JUNE}").get_data(as_text=True)
        answer = client.post("/_dash-update-component", json=callback_body(client, f"?{JUNE}")).get_json()
        viewer = signed_in(made, "viewer").get(f"/map?{JUNE}").get_data(as_text=True)
        khmer = signed_in(made, "official")
        khmer.set_cookie("chhlang-language", "km")
        spoken = khmer.get(f"/map?{JUNE}").get_data(as_text=True)
    figure = answer["response"]["map"]["figure"]["data"]
    trace = next(one for one in figure if one.get("name") == "across")
    known = sums("TH-27", 0)
    said = f"Sa Kaeo (TH-27): {known} cases in 4 of 4 weeks, "
    drawn = dict(zip(trace["hovertext"], trace["marker"]["size"], strict=True))
    assert drawn[next(one for one in drawn if one.startswith(said))] == pytest.approx(2.2 * radius(known))
    assert {f"<b>≥{sums('VN-37', 5)}</b>", "<b>?</b>", "<b>0</b>"} <= set(trace["text"])
    assert any("the others are unknown, not zero" in one for one in drawn)
    assert all("beside=" in one for one in trace["customdata"])
    for part in (said, "nothing was sent of these days: unknown, not zero", "Nowhere (VN-00)", "Invented"):
        assert part in text, part
    for look in ("across", "across part", "across unknown"):
        assert re.search(rf'class="gate[a-z ]* {look}"', text), look
    assert 'class="gate across hidden"' in viewer and "An Giang (VN-44): hidden" in viewer
    assert "ស្រះកែវ (TH-27)" in spoken


def test_without_areas_the_layer_says_so(sqlite_url, sqlite_cli, tmp_path):
    row = record(record_id="1") | {"disease": "dengue", "date_visit": "2025-06-03"}
    assert sqlite_cli("import", write_csv(tmp_path / "l.csv", row)).code == 0
    with served(sqlite_url) as made:
        text = signed_in(made, "official").get(f"/map?{JUNE}").get_data(as_text=True)
    assert "No counts of this disease are held of areas across the border." in text


def test_programs_are_told_the_same_and_no_more(database_of_both):
    with served(database_of_both) as made:
        official, viewer = program(made, "official"), program(made, "viewer")

        def asked(client, path, **more):
            answer = client.get(f"/api/{path}", query_string=more)
            assert answer.status_code == 200, answer.get_data(as_text=True)
            return answer.get_json()

        june = {"disease": "dengue", "from": FIRST.isoformat(), "to": LAST.isoformat(), "step": "week"}
        told = asked(official, "neighbours", area="TH-27", **june)
        rows = told["rows"]
        assert sum(row["cases"] for row in rows[:4]) == sums("TH-27", 0)
        assert {(row["area"], row["step"], row["published"]) for row in rows} == {("TH-27", "week", "yes")}
        assert any("unknown, not zero" in note for note in told["about"]["notes"])
        hidden = asked(viewer, "neighbours", area="VN-44", **june)["rows"]
        assert {(row["cases"], row["status"]) for row in hidden} == {(None, "hidden")}
        surin = asked(viewer, "neighbours", area="TH-32", **june)["rows"]
        assert {row["status"] for row in surin} == {"zero"}
        assert not asked(viewer, "neighbours", disease="hiv")["rows"]
        paged = asked(viewer, "neighbours", disease="dengue", size=10)
        assert paged["page"]["pages"] > 10 and len(paged["rows"]) == 10
        areas = asked(viewer, "neighbours/areas")["rows"]
        assert [row["country"] for row in areas] == ["LA", "TH", "TH", "TH", "VN", "VN", "VN"]
        assert asked(viewer, "neighbours/population")["rows"] == []
        assert viewer.get("/api/neighbours").status_code == 400  # of which disease?
        listed = official.get("/api/neighbours", query_string=june, headers={"Accept": "text/csv"}).get_data(
            as_text=True
        )
        assert listed.startswith("area,name,disease,step,start,period,cases,status,reported,published,source")
