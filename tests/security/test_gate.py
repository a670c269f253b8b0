"""Nothing answers without a grant: every route for a stranger, hosts, sites, keys and addresses."""

import json
import re
from itertools import product

import pytest
from flask import Response
from flask.testing import FlaskClient

from dashboard.components.addresses import asset
from dashboard.permissions import Grant
from dashboard.server import factory, serve
from dashboard.services import accounts, store
from dashboard.services.upkeep import demo
from db.tables import meta
from surveillance.errors import ConfigurationError
from tests.support.files import record, write_csv
from tests.support.web import served, settings, sign_in, signed_in

PUBLIC = {
    "/sign-in",
    "/sign-in/code",  # both lead on to sign-in: tests/security/test_second_factor.py
    "/sign-in/set-up",
    "/healthz",
    "/readyz",
    "/metrics",  # on the machine itself, as here, or by a token: tests/security/test_monitoring.py
    "/manifest.webmanifest",
    "/service-worker.js",
    "/assets/tokens.css",
    "/assets/chhlang.css",
    "/assets/logo.svg",
}


@pytest.mark.parametrize("path", ["/", "/data", "/anything", "/?disease=hiv"])
def test_a_strangers_page_request_goes_to_sign_in(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize(
    "path",
    [
        "/_dash-layout",
        "/_dash-dependencies",
        "/_dash-component-suites/dash/dcc/dash_core_components.js",
        "/api/coverage",
        "/export/coverage.csv",
        "/geo/provinces.geojson",
        "/assets/chhlang.js",
    ],
)
def test_dashs_own_routes_the_api_and_exports_answer_a_stranger_401(stranger, path):
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/_dash-update-component", "/data", "/sign-out", "/export/coverage.csv"]
)
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_whatever_a_stranger_posts_answers_401(stranger, path, method):
    assert getattr(stranger, method)(path, data={"a": "b"}).status_code == 401


def test_no_route_of_any_kind_answers_a_stranger_but_the_public_ones(server, stranger):
    for rule in server.url_map.iter_rules():
        path = str(rule)
        for argument in rule.arguments:
            path = path.replace(f"<path:{argument}>", "x").replace(f"<string:{argument}>", "x")
            path = path.replace(f"<{argument}>", "x")
        if path in PUBLIC or path.startswith(("/language/", "/look/", "/invitation/")):
            continue
        for method in rule.methods - {"OPTIONS"}:
            answer = stranger.open(path, method=method)
            assert answer.status_code in (302, 401), (method, path, answer.status_code)


def test_a_wrong_password_does_not_sign_in(server):
    client = server.test_client()
    assert sign_in(client, "official", "x" * 12).status_code == 200
    assert client.get("/data").status_code == 302


def test_a_closed_account_loses_its_session(server, sqlite_url):
    client = signed_in(server, "official")
    assert client.get("/data").status_code == 200
    database = store.open_store(settings(sqlite_url))
    accounts.set_active(database, Grant.custodian(), "official@example.org", active=False)
    database.dispose()
    assert client.get("/data").status_code == 302


def test_a_viewer_may_neither_export_nor_see_what_was_imported(server):
    client = signed_in(server, "viewer")
    assert client.get("/export/coverage.csv?disease=tb").status_code == 403
    assert client.get("/data").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_may_not_post(server, headers):
    client = signed_in(server, "official")
    assert client.post("/_dash-update-component", json={}, headers=headers).status_code == 403


def test_of_everything_that_a_post_may_say_of_its_origin_its_own_site_alone_is_taken(server):
    """Origin x Sec-Fetch-Site x content type x route: what any other site can send changes nothing."""
    client = signed_in(server, "viewer")
    del client.environ_base["HTTP_SEC_FETCH_SITE"]
    own = "http://localhost"
    origins = (
        None,
        own,
        "null",
        "https://localhost",
        "http://localhost:8050",
        "http://localhost.elsewhere.example",
    )
    sites = (None, "same-origin", "same-site", "cross-site", "none", "other")
    kinds = (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json",
    )
    taken = set()
    for origin, site, kind in product(origins, sites, kinds):
        said = {"Origin": origin, "Sec-Fetch-Site": site}
        headers = {name: value for name, value in said.items() if value is not None}
        for path in ("/_dash-update-component", "/views?disease=tb", "/today/area", "/imports", "/tour"):
            code = client.post(path, data=b"{}", content_type=kind, headers=headers).status_code
            if code not in (403, 415) and path != "/imports":  # which a viewer may not post to at all
                taken.add((origin, site))
    by_https = "https://localhost"  # what a proxy calls this very site, where nobody said that there is HTTPS
    of_this_site = set(product((None, own, by_https), (None, "same-origin", "none"))) - {(None, None)}
    assert taken == of_this_site


def test_under_https_a_page_that_came_without_it_may_not_post(sqlite_url):
    with served(sqlite_url, CHHLANG_HTTPS="yes") as server:
        client = server.test_client()
        for origin, code in (("http://localhost", 403), ("https://localhost", 200)):
            answer = client.post("/sign-in", data={"email": "x"}, headers={"Origin": origin})
            assert answer.status_code == code


def test_a_post_that_does_not_say_from_where_it_comes_acts_in_nobodys_name(server):
    """Neither Origin nor Sec-Fetch-Site: refused with a cookie; without one nobody is signed in."""
    silent = FlaskClient(server, Response)
    for path in (
        "/sign-in",
        "/sign-out",
        "/_dash-update-component",
        "/imports",
        "/decisions",
        "/no-such-page",
    ):
        assert silent.post(path).status_code != 403
    silent.get("/sign-in")
    silent.set_cookie("chhlang-look", "dark")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/sign-in", "/sign-out", "/_dash-update-component", "/imports", "/no-such-page"):
            assert silent.open(path, method=method).status_code == 403
    own = {"Origin": "http://localhost"}
    assert sign_in(silent, "official", headers=own).status_code == 302
    assert silent.post("/sign-out", headers={}).status_code == 403
    assert silent.get("/data").status_code == 200


def test_pages_say_who_may_run_scripts_and_are_kept_nowhere(server):
    answer = signed_in(server, "official").get("/data")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_a_browser_keeps_is_the_same_for_every_session_and_comes_once(server):
    """A new sign-in brings no script anew, and no page another address of one that is held."""
    client = signed_in(server, "official")
    page = client.get("/map").get_data(as_text=True)
    sources = re.findall(r'<script[^>]* src="([^"]+)"', page)
    sources += re.findall(r'<link rel="preload" as="script"[^>]* href="([^"]+)"', page)
    files = [source.partition("?")[0] for source in sources]
    assert len(files) == len(set(files)) > 10, "none comes twice"
    for source in sources:
        answer = client.get(source)
        answer.close()
        assert answer.status_code == 200, source
        assert "immutable" in answer.headers["Cache-Control"], source
        assert "Cookie" not in answer.headers.get("Vary", ""), source
    with server.test_request_context("/"):
        assert {asset("take.js"), asset("plotly-geo.min.js")} <= set(sources), (
            "as pages without Dash write it"
        )
    ahead = json.loads(re.search(r'id="ahead">(.*?)</script>', client.get("/").get_data(as_text=True))[1])
    assert {source for source in sources if "/take.js" not in source} <= set(ahead)
    assert "Cookie" in client.get("/data").headers["Vary"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
@pytest.mark.parametrize("choice", ["/language/km", "/look/dark"])
def test_choosing_a_language_or_a_look_leads_to_no_other_site(server, choice, target):
    answer = server.test_client().get(choice, query_string={"next": target})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(("cookie", "held"), [("dark", 'data-look="dark"'), ("light", 'data-look="light"')])
def test_a_chosen_look_is_in_the_page_before_any_script(server, cookie, held):
    client = server.test_client()
    assert "data-look=" not in client.get("/sign-in").get_data(as_text=True)
    assert client.get(f"/look/{cookie}?next=/sign-in").headers["Location"] == "/sign-in"
    assert held in client.get("/sign-in").get_data(as_text=True)
    client.get("/look/device")
    assert "data-look=" not in client.get("/sign-in").get_data(as_text=True)
    client.set_cookie("chhlang-look", '"><script>')
    assert "data-look=" not in client.get("/sign-in").get_data(as_text=True)


@pytest.mark.parametrize("key", [None, "", "short", "a" * 64, "changeme"])
def test_without_the_demo_the_server_refuses_a_missing_or_weak_key(sqlite_url, key):
    database = store.open_store(settings(sqlite_url, None))
    with pytest.raises(ConfigurationError, match="CHHLANG_SECRET_KEY"):
        factory.make_server(settings(sqlite_url, key), database)
    database.dispose()


@pytest.fixture
def demo_database(sqlite_url):
    """Marked as a demo, with one of its accounts; tests/docs/test_commands.py fills a whole one."""
    database = store.open_store(settings(sqlite_url, None))
    with database.writing() as connection:
        meta.put(connection, meta.DEMO, "seed 1")
    one = demo.ACCOUNTS[0]
    accounts.add(
        database,
        Grant.custodian(),
        email=one.email,
        password=demo.PASSWORD,
        role=one.role,
        provinces=one.provinces,
        demo=True,
    )
    yield database
    database.dispose()


def test_while_demo_accounts_exist_only_the_machine_itself_is_answered(demo_database, sqlite_url):
    client = factory.make_server(settings(sqlite_url, None), demo_database).test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz", headers={"Host": "clinic.example"}).status_code == 403
    assert client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 403
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": "203.0.113.5"}).status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "clinic.example"])
def test_while_demo_accounts_exist_the_server_binds_to_loopback_only(demo_database, sqlite_url, host):
    with pytest.raises(ConfigurationError, match="demo accounts"):
        serve.serve(settings(sqlite_url, None), host, 8050)


def test_an_account_for_some_provinces_sees_no_list_of_files_and_reads_why(server, sqlite_cli, tmp_path):
    rows = [record(facility_id="Nowhere HC") for _ in range(3)]
    assert sqlite_cli("import", write_csv(tmp_path / "canary.csv", *rows), "--source", "Canary").code == 0
    page = signed_in(server, "official").get("/data").get_data(as_text=True)
    assert "Canary" in page
    assert "canary.csv" not in page  # a file's name is for who brought it
    assert "Nowhere HC" in page
    page = signed_in(server, "provincial").get("/data").get_data(as_text=True)
    for told in ("canary.csv", "Canary", "Nowhere HC", "<table"):
        assert told not in page
    assert "your account is for some places" in page
