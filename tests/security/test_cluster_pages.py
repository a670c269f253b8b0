"""Pages of clusters: who may open which, written out by hand; other scopes, hostile ids, hostile names."""

from __future__ import annotations

import json
import re

import pytest

from dashboard.pages.take_away import answers
from db.operations import audit
from tests.support.cluster_site import HOSTILE, cluster_site
from tests.support.web import say_why, signed_in

RUNS = {"official", "manager", "epidemiologist"}
LINES = {"epidemiologist"}
#: Method and address -> who may. Everybody else who signs in is refused with 403.
TABLE = {
    ("GET", "/clusters"): RUNS,
    ("GET", "/clusters.csv"): RUNS,
    ("GET", "/clusters.xlsx"): RUNS,
    ("GET", "/clusters.json"): RUNS,
    ("GET", "/clusters/question"): RUNS,
    ("GET", "/clusters/standing"): RUNS,
    ("GET", "/clusters/standing.csv"): RUNS,
    ("GET", "/clusters/standing.xlsx"): RUNS,
    ("GET", "/clusters/standing.json"): RUNS,
    ("POST", "/clusters"): RUNS,
    ("GET", "/clusters/{run}"): RUNS,
    ("GET", "/clusters/{run}/status"): RUNS,
    ("POST", "/clusters/{run}/cancel"): RUNS,
    ("GET", "/clusters/{run}/export.csv"): RUNS,
    ("GET", "/clusters/{run}/export.xlsx"): RUNS,
    ("GET", "/clusters/{run}/export.geojson"): RUNS,
    ("GET", "/clusters/{run}/export.gpkg"): RUNS,
    ("GET", "/clusters/{run}.csv"): RUNS,
    ("GET", "/clusters/{run}.xlsx"): RUNS,
    ("GET", "/clusters/{run}.geojson"): RUNS,
    ("GET", "/clusters/{run}.gpkg"): RUNS,
    ("GET", "/clusters/{run}.png"): RUNS,
    ("GET", "/clusters/{run}.svg"): RUNS,
    ("GET", "/clusters/{run}.json"): RUNS,
    ("GET", "/clusters/{run}/1.png"): RUNS,
    ("GET", "/clusters/{run}/1.svg"): RUNS,
    ("GET", "/clusters/{run}/1/curve.png"): RUNS,
    ("GET", "/clusters/{run}/1/curve.svg"): RUNS,
    ("GET", "/clusters/{run}/1/curve.csv"): RUNS,
    ("GET", "/clusters/{run}/1/curve.json"): RUNS,
    ("GET", "/clusters/{run}/1/curve.xlsx"): RUNS,
    ("GET", "/clusters/{run}/1"): RUNS,
    ("GET", "/clusters/{run}/1/records"): LINES,
}
EVERYBODY = ("official", "manager", "epidemiologist", "viewer", "reception", "administrator")
OF_A_RUN = [key for key in TABLE if "{run}" in key[1]]
HOSTILE_IDS = (
    "x", "..", "%2e%2e", "..%2f..%2fetc", "0" * 12, "A" * 12, "0123456789ab ", "ខ្មែរ", "%00", "%ff",
    "' OR 1=1", "a" * 5_000, "{{7*7}}", "-1", "١٢٣٤٥٦٧٨٩٠١٢",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A server on which two runs are done."""
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("clusters")) as made:
        yield made


@pytest.fixture(scope="module")
def clients(site):
    """Everybody signed in."""
    made = {name: signed_in(site.server, name) for name in (*EVERYBODY, "provincial")}
    say_why(made["epidemiologist"])
    return made


def ask(client, method, path, **form):
    return client.open(path, method=method, data=form if method == "POST" else None)


def test_the_table_names_every_address_of_the_pages(site):
    known = {
        (method, path)
        for rule in site.server.url_map.iter_rules()
        if str(rule).startswith("/clusters")
        for method in rule.methods - {"HEAD", "OPTIONS"}
        for path in each(str(rule).replace("<number>", "{run}").replace("<int:rank>", "1"))
    }
    assert known == set(TABLE)


def each(rule):
    """Every address of a rule: one for each kind of file."""
    found = re.search(r"<any\(([^)]*)\):kind>|<kind>", rule)
    if found is None:
        return [rule]
    kinds = found[1].split(",") if found[1] else ["csv", "xlsx", "geojson", "gpkg"]
    return [rule.replace(found[0], kind) for kind in kinds]


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_each_address_answers_those_who_may_and_refuses_everybody_else(
    site, clients, method, path, monkeypatch
):
    # To draw takes a second for each account; what is drawn: tests/unit/test_cluster_files.py.
    monkeypatch.setattr(answers, "png", lambda _svg: b"\x89PNG")
    for name in EVERYBODY:
        answer = ask(clients[name], method, path.format(run=site.run), disease="measles", replicates="9")
        allowed = name in TABLE[method, path]
        assert answer.status_code in ((200, 303) if allowed else (403,)), (name, answer.status_code)


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_a_stranger_sees_none_of_it(site, method, path):
    answer = ask(site.server.test_client(), method, path.format(run=site.run))
    assert answer.status_code == (401 if method == "POST" else 302)


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_way_to_the_page_is_shown_to_those_who_may_go_it(clients, name):
    shown = 'href="/clusters/standing"' in clients[name].get("/data").get_data(as_text=True)
    assert shown is (name in RUNS)


@pytest.mark.parametrize(("method", "path"), OF_A_RUN)
def test_a_run_of_another_scope_is_not_found(site, clients, method, path):
    for name, run in (("provincial", site.run), ("epidemiologist", site.provincial)):
        if name == "provincial" and path.endswith("/records"):
            continue  # an official sees no records at all
        if name == "epidemiologist" and path.endswith("/cancel"):
            continue  # who answers for the country may stop any
        assert ask(clients[name], method, path.format(run=run)).status_code == 404, name


def test_the_list_of_runs_holds_those_of_the_same_scope_alone(site, clients):
    country = clients["official"].get("/clusters").get_data(as_text=True)
    province = clients["provincial"].get("/clusters").get_data(as_text=True)
    assert site.run in country and site.provincial not in country
    assert site.provincial in province and site.run not in province


@pytest.mark.parametrize("number", HOSTILE_IDS, ids=lambda text: repr(text)[:20])
def test_an_id_that_is_none_is_not_found(clients, number):
    for method, path in OF_A_RUN:
        assert ask(clients["epidemiologist"], method, path.format(run=number)).status_code in (400, 404), path


@pytest.mark.parametrize("rank", ["0", "2147483648", "9" * 40, "-1", "1.5", "x", "%00"])
def test_a_rank_that_is_none_is_not_found(site, clients, rank):
    for end in ("", "/records"):
        assert clients["epidemiologist"].get(f"/clusters/{site.run}/{rank}{end}").status_code == 404


@pytest.mark.parametrize("kind", ["exe", "", "CSV", "json", "csv/..", "csv%00"])
def test_a_kind_of_file_that_is_none_is_not_found(site, clients, kind):
    assert clients["official"].get(f"/clusters/{site.run}/export.{kind}").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 50, "١", "1;2", ""])
def test_any_page_of_the_records_is_answered(site, clients, page):
    answer = clients["epidemiologist"].get(f"/clusters/{site.run}/1/records", query_string={"page": page})
    assert answer.status_code == 200


WRONG = {
    "disease": ("plague", "\u0000", "ខ", "x" * 100_000),
    "view": ("planet:care", ":", "facility", "province:nowhere", "::::"),
    "model": ("voodoo",),
    "time": ("always",),
    "time_unit": ("fortnight",),
    "from": ("yesterday", "2025-02-30", "0000-00-00", "١٩٩٩-٠١-٠١"),
    "max_duration": ("-1", "1e9", "NaN", "٣"),
    "max_population_share": ("2", "NaN", "-0.1", "inf"),
    "max_radius_km": ("1e999", "-5"),
    "replicates": ("0", "10000", "1.5"),
    "seed": ("-1", "9" * 30),
    "covariates": ("height", "sex,height"),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values],
                         ids=lambda text: repr(text)[:24])  # fmt: skip
def test_a_wrong_value_is_said_to_be_wrong_and_starts_nothing(site, clients, name, value):
    client, form = clients["epidemiologist"], {"disease": "measles", "view": "facility:care", name: value}
    before = client.get("/clusters").get_data(as_text=True).count('href="/clusters/')
    answer = client.post("/clusters", data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    if len(value) < 1_000:
        assert client.get("/clusters", query_string=form).status_code == 200
        asked = client.get("/clusters/question", query_string=form)
        assert asked.status_code == 200 and asked.get_json()["problem"]
    assert client.get("/clusters").get_data(as_text=True).count('href="/clusters/') == before


def test_more_than_a_form_holds_is_refused(clients):
    assert clients["official"].post("/clusters", data={"disease": "x" * 5_000_000}).status_code == 413


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
def test_another_site_can_neither_start_nor_cancel(site, clients, headers):
    for path in ("/clusters", f"/clusters/{site.run}/cancel"):
        assert clients["official"].post(path, headers=headers).status_code == 403


def test_hiv_by_facility_is_refused_in_words_and_the_form_goes_to_provinces(clients):
    form = {"disease": "hiv", "view": "facility:care"}
    asked = clients["official"].get("/clusters/question", query_string=form).get_json()
    assert asked["controls"]["view"] == "province:care"
    assert set(asked["off"]["view"]) == {"facility:care", "district:care", "crossing:care"}
    assert "could harm people" in asked["asks"]["note"]
    refused = clients["official"].post("/clusters", data=form)
    assert refused.status_code == 400
    assert "could harm people" in refused.get_data(as_text=True).split('id="problem"')[1]


def test_who_was_signed_out_is_told_so_and_led_back_to_the_page(site):
    stranger = site.server.test_client()
    for came_from, back in (
        (f"http://localhost/clusters/{site.run}", f"/sign-in?next=/clusters/{site.run}"),
        ("http://elsewhere.example/clusters", "/sign-in?next=/"),
        ("http://[", "/sign-in?next=/"),
    ):
        answer = stranger.post(f"/clusters/{site.run}/cancel", headers={"Referer": came_from})
        assert answer.status_code == 401
        page = answer.get_data(as_text=True)
        assert "You were signed out" in page
        assert f'href="{back}"' in page
    assert (
        site.run not in stranger.get(f"/clusters/{site.run}/status").get_data(as_text=True).split("next")[0]
    )


def test_an_account_for_a_province_cannot_ask_by_home(clients):
    form = {"disease": "measles", "view": "province:home"}
    assert clients["provincial"].post("/clusters", data=form).status_code == 400


def test_names_are_text_and_never_markup(site, clients):
    client = clients["epidemiologist"]
    for path in ("", "/1", "/1/records"):
        page = client.get(f"/clusters/{site.run}{path}").get_data(as_text=True)
        assert HOSTILE not in page
        assert "<img" not in page
    page = client.get(f"/clusters/{site.run}").get_data(as_text=True)
    figure = json.loads(page.split('id="map">')[1].split("</script>")[0])
    texts = json.dumps([trace.get("text") for trace in figure["data"]])
    assert "<img" not in texts and "&lt;img src=x" in texts


def seen(site, action):
    return sum(entry.action == action for entry in audit.latest(site.database, 10_000))


def test_results_records_and_files_are_audited_on_each_view(site, clients):
    client = clients["epidemiologist"]
    for action, path in (
        ("clusters seen", ""),
        ("cluster seen", "/1"),
        ("line list seen", "/1/records"),
        ("export", "/export.csv"),
    ):
        before = seen(site, action)
        for _ in range(2):
            answer = client.get(f"/clusters/{site.run}{path}")
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "no-store"
        assert seen(site, action) == before + 2, action


def test_no_record_is_shown_before_it_was_said_why(site):
    client = signed_in(site.server, "epidemiologist")
    address = f"/clusters/{site.run}/1/records"
    answer = client.get(f"{address}?page=2")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/records/reason?next=/clusters/")
    form = {"chosen": "outbreak", "text": "in F1", "next": address}
    assert client.post("/records/reason", data=form).headers["Location"] == address
    shown = client.get(address).get_data(as_text=True)
    assert "Your reason: Investigation of an outbreak or a cluster: in F1" in shown
    assert json.loads(audit.latest(site.database, 1)[0].detail)["reason"] == "outbreak: in F1"
    again = signed_in(site.server, "epidemiologist")  # another session asks anew
    assert again.get(address).status_code == 303


def test_a_refused_look_is_audited_with_its_run(site, clients):
    for name, path, run in (
        ("official", "/1/records", site.run),
        ("viewer", "", site.run),
        ("viewer", "/1/records", site.run),
        ("provincial", "", site.run),
        ("provincial", "/export.csv", site.run),
        ("epidemiologist", "/1", site.provincial),
    ):
        before = seen(site, "refused")
        assert clients[name].get(f"/clusters/{run}{path}").status_code in (403, 404)
        assert seen(site, "refused") == before + 1, (name, path)
        newest = audit.latest(site.database, 1)[0]
        assert (newest.actor, run in newest.detail) == (f"{name}@example.org", True)
    before = seen(site, "refused")
    assert clients["epidemiologist"].get(f"/clusters/{'0' * 12}").status_code == 404  # no run, no entry
    assert seen(site, "refused") == before


def test_an_official_of_the_country_stops_what_keeps_the_queue_and_one_of_a_province_does_not(site, clients):
    asked = {"disease": "measles", "view": "facility:care", "seed": "77"}
    page = clients["provincial"].post("/clusters", data=asked).headers["Location"]
    waiting = clients["official"].get("/clusters").get_data(as_text=True)
    assert f'action="{page}/cancel"' in waiting and "provincial@example.org" in waiting
    assert clients["official"].get(page).status_code == 404  # what it asks, and finds, stays its own
    assert clients["reception"].post(f"{page}/cancel").status_code == 403
    assert clients["official"].post(f"{page}/cancel").headers["Location"] == "/clusters"
    assert "Cancelled" in clients["provincial"].get(page).get_data(as_text=True)
    national = clients["official"].post("/clusters", data=asked).headers["Location"]
    assert clients["provincial"].post(f"{national}/cancel").status_code == 404
    assert national not in clients["provincial"].get("/clusters").get_data(as_text=True)
    assert clients["official"].post(f"{national}/cancel").status_code == 303


def test_the_records_name_nobody(site, clients):
    page = clients["epidemiologist"].get(f"/clusters/{site.run}/1/records").get_data(as_text=True)
    assert "Day of visit" in page
    for told in ("record_id", "measles-", "person", "legal", "irregular"):
        assert told not in page
