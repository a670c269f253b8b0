"""Pages and files of finished runs: they say what the services found, compare, and can be traced."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import pytest
from python_calamine import CalamineWorkbook

from dashboard.components.clusters.table import expected_text
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.clusters import history as cluster_history
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.defaults import ONE_PROVINCE, ONE_PROVINCE_SENSITIVE
from db.clusters import runs as cluster_runs
from db.core.scope import Scope
from surveillance.errors import UsageError
from tests.support import outbreaks
from tests.support.cluster_site import QUERY, cluster_site, grant, ran
from tests.support.web import say_why, signed_in


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A server on which two runs are done."""
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("clusters")) as made:
        yield made


@pytest.fixture(scope="module")
def client(site):
    """An epidemiologist of the country."""
    return say_why(signed_in(site.server, "epidemiologist"))


@pytest.fixture(scope="module")
def found(site):
    """What the services say of the run."""
    return clusters.result(site.database, grant(), site.run)


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_lists_every_cluster_with_its_numbers(client, site, found):
    page = text(client, f"/clusters/{site.run}")
    assert re.findall(r'<tr data-rank="(\d+)"', page) == [str(one.rank) for one in found.clusters]
    row = page.split('<tr data-rank="1"')[1].split("</tr>")[0]
    first = found.clusters[0]
    for shown in (
        f">{first.observed:,}<",
        f">{expected_text(first.expected)}<",
        str(first.start),
    ):
        assert shown in row
    assert f">{first.llr:,.2f}<" in page.split('id="more-figures"')[1].split("</details>")[0]
    for fact in (found.run.author, found.run.id, "space-time permutation", "99"):
        assert fact in page
    assert "NOWHERE" not in page.split('id="not-scanned"')[0].split("<tbody>")[0]
    assert 'id="not-scanned"' in page


def test_a_run_is_compared_with_the_one_before(client, site):
    earlier = ran(site.database, grant(), replace(QUERY, end=outbreaks.OUTBREAK_LAST))
    later = ran(site.database, grant(), replace(QUERY, end=outbreaks.LAST, replicates=49))
    page = text(client, f"/clusters/{later}").split('id="previous"')[1]
    before = clusters.result(site.database, grant(), later).previous
    assert before is not None
    assert before.id == earlier
    assert f"/clusters/{earlier}" in page
    assert any(f"{word}:" in page for word in ("new", "growing", "shrinking", "unchanged"))


def test_a_run_without_clusters_says_so(client, site):
    none = ran(
        site.database, grant(), replace(QUERY, rates="low", max_population_share=0.02, min_cases=1_000)
    )
    said = text(client, f"/clusters/{none}")
    assert "No cluster in the places that this scan can judge; others it cannot." in said
    assert "it cannot be judged by this scan, whose clusters hold at most 2.0%." in said
    assert "Other places that are too large for this scan: 10." in said


@pytest.mark.parametrize("status", ["queued", "running", "failed", "cancelled"])
def test_a_run_that_is_not_done_says_where_it_stands(client, site, status):
    number = clusters.start(site.database, grant(), replace(QUERY, seed=len(status) * 7))
    if status == "running":
        assert cluster_runs.claim(site.database).id == number
    elif status == "failed":
        cluster_runs.claim(site.database)
        cluster_runs.close(site.database, number, "failed", "it was too much <b>")
    elif status == "cancelled":
        assert client.post(f"/clusters/{number}/cancel").status_code == 303
    page = text(client, f"/clusters/{number}")
    state = client.get(f"/clusters/{number}/status").get_json()
    assert state["over"] is (status in ("failed", "cancelled"))
    assert ("data-poll" in page) is not state["over"]
    said = {"queued": "Waiting", "running": "Compared with 0 of 99", "failed": "too much &lt;b&gt;",
            "cancelled": "Cancelled by epidemiologist@example.org"}[status]  # fmt: skip
    assert said in page
    assert client.get(f"/clusters/{number}/export.csv").status_code == 404
    assert client.get(f"/clusters/{number}/1").status_code == 404
    clusters.cancel(site.database, grant(), number)
    if status == "running":
        cluster_runs.close(site.database, number, "cancelled")


def test_a_run_being_stopped_offers_no_second_cancel(client, site):
    number = clusters.start(site.database, grant(), replace(QUERY, seed=501))
    assert cluster_runs.claim(site.database).id == number
    assert "/cancel" in text(client, f"/clusters/{number}")
    assert client.post(f"/clusters/{number}/cancel").status_code == 303
    page = text(client, f"/clusters/{number}")
    assert "<div data-going-on hidden>" in page
    assert "Stopping …" in page
    assert client.get(f"/clusters/{number}/status").get_json()["stopping"] is True
    cluster_runs.close(site.database, number, "cancelled")


def test_a_waiting_run_tells_how_many_were_asked_for_before(client, site):
    first = clusters.start(site.database, grant(), replace(QUERY, seed=601))
    second = clusters.start(site.database, grant("other"), replace(QUERY, seed=602))
    third = clusters.start(site.database, grant("provincial", "KH02"), replace(QUERY, seed=603))
    assert "before it" not in text(client, f"/clusters/{first}")
    assert "before it and not done yet: 1." in text(client, f"/clusters/{second}")
    assert cluster_history.ahead(site.database, grant("provincial", "KH02"), third) == 2
    clusters.cancel(site.database, grant(), first)
    assert "before it" not in text(client, f"/clusters/{second}")
    clusters.cancel(site.database, grant(), second)
    clusters.cancel(site.database, grant("provincial", "KH02"), third)


def test_the_list_says_of_each_run_its_period_and_what_it_found(client, site, found):
    row = text(client, "/clusters").split(f'href="/clusters/{site.run}"')[1].split("</tr>")[0]
    for day in (found.parameters["start"], found.parameters["end"]):
        assert f'<span class="day">{day}</span>' in row
    assert "clusters: " in row or "no cluster" in row
    past = {item.run.id: item for item in cluster_history.history(site.database, grant())}
    assert len(past[site.run].clusters) == len(found.clusters)
    assert site.provincial not in past


def test_the_run_of_a_province_says_whose_records_it_scanned(site):
    page = text(signed_in(site.server, "provincial"), f"/clusters/{site.provincial}")
    assert "Only records of Battambang were scanned" in page
    assert "not scanned: outside your provinces" in page


@pytest.mark.parametrize("language", ["en", "km"])
def test_an_account_of_one_province_is_offered_no_provinces_and_told_why(site, language):
    one = signed_in(site.server, "provincial")
    one.set_cookie("chhlang-language", language)
    page = text(one, "/clusters")
    assert 'value="facility:care"' in page
    assert 'value="province:care"' not in page
    t = translator(language)
    for asked, said in (
        ({"disease": "measles", "by": "province"}, ONE_PROVINCE),
        ({"disease": "hiv", "view": "facility:care"}, ONE_PROVINCE_SENSITIVE),
        ({"disease": "syphilis", "by": "province", "place": "care"}, ONE_PROVINCE_SENSITIVE),
    ):
        answer = one.get("/clusters/question", query_string=asked).get_json()
        assert answer["problem"] == t(said)
        assert t(said) in text(one, "/clusters?" + urlencode(asked))
    started = one.post("/clusters", data={"disease": "measles", "view": "province:care"})
    assert started.status_code in (400, 403)


def test_every_page_of_a_run_stands_under_clusters(client, site):
    for path in ("", "/1", "/1/records"):
        assert '<a href="/clusters/standing" aria-current="true">' in text(
            client, f"/clusters/{site.run}{path}"
        )
    assert '<a href="/clusters/standing" aria-current="true">' in text(client, "/clusters")
    assert '<a href="/clusters/standing" aria-current="page">' in text(client, "/clusters/standing")


def test_the_page_of_a_cluster_names_the_disease_and_explains_its_signs(client, site):
    page = text(client, f"/clusters/{site.run}/1")
    assert "Measles: " in page.split("<h1>")[1].split("</h1>")[0]
    assert "circle: how far a cluster reaches" in page
    assert page.count('class="swatch small inside"') == page.count('<table class="areas groups">')
    assert "--share: 0.000" not in page, "nobody has no bar"


@pytest.mark.parametrize(("language", "share"), [("en", "Largest share"), ("km", "ចំណែកធំបំផុត")])
def test_a_faulty_number_is_named_as_the_form_names_it(client, language, share):
    client.set_cookie("chhlang-language", language)
    answer = client.get("/clusters/question", query_string={"max_population_share": "7"}).get_json()
    client.delete_cookie("chhlang-language")
    assert answer["problem"].startswith(share)
    assert "max_population_share" not in answer["problem"]
    assert answer["off"], "what is grey stays grey"


def test_the_form_comes_back_with_the_question_of_a_run(client, site):
    page = text(client, f"/clusters/{site.run}")
    again = re.search(r'href="(/clusters\?[^"]+)"', page)[1].replace("&amp;", "&")
    form = text(client, again)
    for chosen in ("measles", "facility:care", "space-time-permutation", "week", "retrospective"):
        assert re.search(rf'<option value="{chosen}" selected', form), chosen
    assert 'name="max_duration"' in form and 'value="4"' in form and 'value="99"' in form


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_files_hold_the_clusters_in_the_readers_language(client, site, found, language):
    client.set_cookie("chhlang-language", language)
    data = client.get(f"/clusters/{site.run}/export.csv").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    first = found.clusters[0]
    assert [int(row["rank"]) for row in rows] == [one.rank for one in found.clusters]
    assert float(rows[0]["expected"]) == first.expected
    assert rows[0]["locations"].split() == list(first.locations)
    assert rows[0]["run_id"] == site.run
    used = json.loads(rows[0]["parameters"])
    assert used["link"].endswith(f"/clusters/{site.run}")
    assert (used["fewest"], used["issued"], used["data_until"]) == (1, "no", str(found.run.end))
    assert (used["disease"], used["by"], used["author"]) == ("measles", "facility", found.run.author)
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(f"/clusters/{site.run}/export.xlsx").get_data())
    )
    assert book.sheet_names == ["clusters", "members", "parameters"]
    assert book.get_sheet_by_name("clusters").to_python()[1][0] == 1
    whole = json.loads(client.get(f"/clusters/{site.run}/export.geojson").get_data())
    members = [one for one in whole["features"] if one["properties"]["kind"] == "member"]
    assert len(members) == sum(one.n_locations for one in found.clusters)
    client.delete_cookie("chhlang-language")


def test_a_file_by_province_holds_areas_and_says_whose_they_are(client, site):
    query = replace(QUERY, by="province", place="home")
    number = ran(site.database, grant(), query)
    whole = json.loads(client.get(f"/clusters/{number}/export.geojson").get_data())
    kinds = {one["geometry"]["type"] for one in whole["features"] if one["properties"]["kind"] == "member"}
    assert kinds <= {"Polygon", "MultiPolygon"}
    assert "OpenStreetMap" in whole["parameters"]["attribution"]


def test_an_official_reads_a_cluster_without_its_records(site):
    page = text(signed_in(site.server, "official"), f"/clusters/{site.run}/1")
    assert "/records" not in page
    assert 'data-figure="curve"' in page


def test_the_place_of_infection_is_asked_by_permutation(site):
    asked = replace(QUERY, by="province", place="infection", model=None, time=None)
    number = clusters.start(
        site.database, Grant("epi@example.org", "epidemiologist", Scope.everything()), asked
    )
    assert clusters.status(site.database, grant(), number).query.model == "space-time-permutation"
    clusters.cancel(site.database, grant(), number)


def test_the_place_of_infection_has_nobody_to_compare_the_positive_with(site):
    asked = replace(QUERY, by="province", place="infection", model="bernoulli")
    with pytest.raises(UsageError, match="only for people found positive"):
        clusters.start(site.database, grant(), asked)


def test_why_a_run_failed_is_said_in_khmer(client, site):
    number = clusters.start(
        site.database, grant(), replace(QUERY, by="crossing", start=date(2025, 1, 1), end=date(2025, 1, 2))
    )
    while cluster_queue.work(site.database):
        pass
    assert clusters.status(site.database, grant(), number).status == "failed"
    client.set_cookie("chhlang-language", "km")
    said = text(client, f"/clusters/{number}").split('id="standing"')[1].split("</p>")[0]
    client.delete_cookie("chhlang-language")
    assert "nothing can cluster" not in said and "មិនអាច" in said
