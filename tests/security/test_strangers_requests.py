"""What a stranger may send to make a server fail, or to come in by another way than the form."""

from __future__ import annotations

import pytest

from tests.support.web import PASSWORD, form_token, served, sign_in, signed_in

DEEP = b"[" * 100_000
PATHS = ("/", "/data", "/sign-in", "/healthz", "/anything", "/export/coverage.csv", "/language/km")
NOWHERE = "http://["


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [DEEP, DEEP + b"]" * 100_000, b'"x"', b"[1]", b"5", b"{", b"\xff", b"null"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_body_of_json_is_refused_where_nothing_takes_it(stranger, path, body, method):
    answer = stranger.open(path, method=method, data=body, content_type="application/json")
    assert answer.status_code == 415
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("body", [DEEP, b'"x"', b"{}", b"\xff"])
def test_a_strangers_body_is_not_read_by_dashs_own_routes_either(stranger, body):
    answer = stranger.post("/_dash-update-component", data=body, content_type="application/json")
    assert answer.status_code == 401
    for path in ("/_dash-layout", "/_dash-dependencies"):
        assert stranger.get(path, data=body, content_type="application/json").status_code == 401


def test_a_browser_that_asks_dash_for_its_layout_as_json_gets_it(shared_server):
    client = signed_in(shared_server, "viewer")
    for path in ("/_dash-layout", "/_dash-dependencies"):  # Dash names the type though it sends no body
        assert client.get(path, headers={"Content-Type": "application/json"}).status_code == 200


@pytest.mark.sql
def test_a_sign_that_is_none_makes_nothing_fail(database_url):
    """PostgreSQL refuses NUL in a text: a stranger's sign-in was answered 500 for it."""
    with served(database_url) as server:
        for email in ("\0", "official@example.org\0", "\0@example.org"):
            assert sign_in(server.test_client(), email).status_code in (200, 400)
        client = signed_in(server, "administrator")
        for path in (
            "/find?q=%00",
            "/administration/trail?who=%00",
            "/map?disease=%00",
            "/facilities/%00",
            "/views",
        ):
            assert client.get(path).status_code in (200, 400, 404), path
        assert client.post("/calendar/%00/remove").status_code in (303, 400, 404)
        new = {"email": "a\0b@example.org", "role": "viewer", "everywhere": "yes"}
        assert client.post("/administration", data=new).status_code == 400


@pytest.mark.parametrize("origin", [NOWHERE, "http://[::1", "//[", "[", "", "null", "http://]"])
def test_an_origin_that_is_no_address_is_refused(stranger, origin):
    assert stranger.post("/sign-in", headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("target", [NOWHERE, "//[", "/\\evil.example", "\t//evil.example", "/\x00", "[", " "])
def test_a_way_back_that_is_no_page_of_this_site_is_the_map(shared_server, target):
    answer = shared_server.test_client().get("/language/km", query_string={"next": target})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "target", [NOWHERE, "//[", "//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_sign_in_forgets_a_way_on_that_is_no_page_of_this_site(shared_server, target):
    for client in (shared_server.test_client(), signed_in(shared_server, "viewer")):
        asked = client.get("/sign-in", query_string={"next": target})
        assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in")
        for more in ({"query_string": {"next": target}}, {"data": {"next": target}}):
            posted = sign_in(client, "viewer", **more)
            assert (posted.status_code, posted.headers["Location"]) == (303, "/sign-in")


def test_sign_in_leads_on_to_the_page_that_was_asked_for(shared_server):
    answer = sign_in(shared_server.test_client(), "viewer", query_string={"next": "/?disease=tb&area=KH01"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?disease=tb&area=KH01")


def a_token(server) -> str:
    """An authentication token as the library would make it."""
    with server.app_context():
        person = server.extensions["security"].datastore.find_user(email="official@example.org")
        return str(person.get_auth_token())


def test_a_token_opens_nothing_wherever_it_is_sent(shared_server):
    token = a_token(shared_server)
    assert len(token) > 50
    client = shared_server.test_client()
    for path in ("/data", "/export/coverage.csv", "/_dash-layout", "/"):
        for more in ({"headers": {"Authentication-Token": token}}, {"query_string": {"auth_token": token}}):
            assert client.get(path, **more).status_code in (302, 401), path
        answer = client.get(path, json={"auth_token": token})
        assert answer.status_code in (401, 415), path


@pytest.mark.parametrize("accept", ["application/json", "text/html", "*/*"])
def test_sign_in_hands_out_no_token_and_answers_nobody_in_json(sqlite_url, accept):
    with served(sqlite_url, csrf=True) as server:
        client = server.test_client()
        token = form_token(client)
        for data in ({}, {"csrf_token": token}):
            answer = sign_in(
                client,
                "official",
                data=data,
                query_string={"include_auth_token": ""},
                headers={"Accept": accept},
            )
            assert answer.mimetype == "text/html"
            assert b"authentication_token" not in answer.data
        assert answer.status_code == 302
        assert client.get("/sign-in", headers={"Accept": accept}).mimetype == "text/html"
        person = {"email": "official@example.org", "password": PASSWORD, "csrf_token": token}
        assert server.test_client().post("/sign-in?include_auth_token", json=person).status_code == 415


@pytest.mark.parametrize("host", ["[", "[::1", "evil example", "127.0.0.1:abc"])
def test_a_host_that_is_none_does_not_make_the_server_fail(shared_server, host):
    for path in ("/healthz", "/data", "/sign-in"):
        assert shared_server.test_client().get(path, headers={"Host": host}).status_code < 500


UPWARDS = (
    "/assets/fonts/../chhlang.js",
    "/assets/fonts/%2e%2e/chhlang.js",
    "/assets/fonts/..%2f..%2ffactory.py",
    "/assets/fonts/..%5cchhlang.js",
    "/language/../data",
    "/..",
    "/_dash-component-suites/dash/../../x",
)


@pytest.mark.parametrize("path", UPWARDS)
def test_no_address_leads_upwards(shared_server, path):
    for client in (shared_server.test_client(), signed_in(shared_server, "viewer")):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/_reload-hash", "/_favicon.ico", "/_dash-component-suites/x/y.js"])
def test_what_is_no_page_answers_a_stranger_401_and_leads_nowhere(stranger, path):
    assert stranger.get(path).status_code == 401


SCRIPTS = ("nope/x.js", "dash/dcc/nope.js", "flask/app.py", "dashboard/x.py", "x%0aFAKE LINE/y.js")


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_that_is_none_is_not_found(shared_server, path, caplog):
    assert signed_in(shared_server, "viewer").get(f"/_dash-component-suites/{path}").status_code == 404
    assert caplog.records == []


def test_a_line_break_in_an_address_begins_no_line_of_the_log(server, caplog, monkeypatch):
    """Whatever fails: the route stands in the log, and not what somebody typed."""
    monkeypatch.setitem(server.view_functions, "session.language", lambda **_: 1 / 0)
    answer = server.test_client().get("/language/x%0aERROR nobody signed in as root")
    assert answer.status_code == 500
    assert "nobody signed in" not in answer.get_data(as_text=True)
    written = [record.getMessage() for record in caplog.records]
    assert len(written) == 1
    assert "\n" not in written[0]
    assert written[0].endswith("at /language/<code>")
