"""Pages of releases: two people, no forged form, nothing of small numbers for those who are not entitled."""

from __future__ import annotations

import re
from datetime import date
from unittest import mock

import pytest

from dashboard.permissions import GRANTED, Permission
from dashboard.server import factory
from dashboard.services import store
from dashboard.services.releases import queue
from db.operations import releases as stored
from surveillance.disclosure.audit import Report
from tests.support import release_data, releases
from tests.support.releases import made, stand_ins
from tests.support.web import Browser, settings, signed_in

POSTS = ("/releases", "/releases/1/issue", "/releases/1/audit", "/releases/1/cancel")
FORM = {"since": "2025-01-01", "until": "2025-12-31", "lag": "0"}


@pytest.fixture
def site(sqlite_prepared, sqlite_cli, sqlite_url, tmp_path):
    sqlite_prepared(lambda: releases.fill(sqlite_cli, tmp_path), "release pages")
    chosen = settings(sqlite_url)
    database = store.open_store(chosen)
    server = factory.make_server(chosen, database)
    server.config["WTF_CSRF_ENABLED"] = False
    server.test_client_class = Browser
    yield server, database
    database.dispose()


def read(database, number=1):
    with database.operations.connect() as connection:
        return stored.get(connection, number)


def test_one_asks_on_the_page_and_another_issues_there(site):
    server, database = site
    preparer, issuer = signed_in(server, "epidemiologist"), signed_in(server, "administrator")
    assert "Nothing has been prepared" in preparer.get("/releases").get_data(as_text=True)
    answer = preparer.post("/releases", data=FORM)
    assert (answer.status_code, answer.location) == (303, "/releases/1")
    assert 'id="progress"' in preparer.get("/releases/1").get_data(as_text=True)
    assert preparer.get("/releases/1/status").get_json()["text"] == "Waiting"
    again = preparer.post("/releases", data=FORM)
    assert (again.status_code, "release 1 is on the way" in again.get_data(as_text=True)) == (400, True)
    with stand_ins():
        assert queue.work(database)
    page = preparer.get("/releases/1").get_data(as_text=True)
    assert "Passed its audit, not issued" in page
    assert "somebody else has to issue it" in page
    assert 'id="issue"' not in page
    assert preparer.post("/releases/1/issue").status_code == 403
    assert read(database).issued_at is None
    assert 'id="issue"' in issuer.get("/releases/1").get_data(as_text=True)
    assert issuer.post("/releases/1/issue").status_code == 303
    assert read(database).issued_by == "administrator@example.org"
    assert "In force" in issuer.get("/releases").get_data(as_text=True)
    assert issuer.post("/releases/1/issue").status_code == 400
    assert issuer.post("/releases/1/audit").status_code == 400


def test_whoever_lacks_the_permission_or_the_country_is_refused(site):
    server, database = site
    made(database)
    for name in ("official", "viewer", "local"):
        client = signed_in(server, name)
        assert client.get("/releases").status_code == client.get("/releases/1").status_code == 403
        assert all(client.post(path, data=FORM).status_code == 403 for path in POSTS)
    assert signed_in(server, "manager").post("/releases/1/issue").status_code == 403
    assert signed_in(server, "administrator").post("/releases", data=FORM).status_code == 403
    assert read(database).issued_at is None
    assert read(database, 2) is None


@pytest.mark.parametrize(
    "path", ["/releases", "/releases/1/issue", "/releases/1/audit", "/releases/1/cancel"]
)
def test_a_form_of_another_site_changes_nothing(site, path):
    server, database = site
    made(database, "manager")
    before = read(database)
    server.config["WTF_CSRF_ENABLED"] = True
    client = signed_in_by_form(server, "epidemiologist")
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
    ):
        assert client.post(path, data=FORM, headers=headers).status_code in (400, 403)
    assert read(database) == before
    assert read(database, 2) is None


def signed_in_by_form(server, name):
    client = server.test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    form = {"email": f"{name}@example.org", "password": "a long enough password", "csrf_token": found[1]}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"until": "2999-01-01"}, "is not over yet"),
        ({"until": "soon"}, "is not a day"),
        ({"since": "2026-06-01"}, "after the last day"),
        ({"lag": "x"}, "is not a number of days"),
        ({"lag": "-1"}, "is not a number of days"),
        ({"lag": "99999"}, "is not a number of days"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_above_it(site, given, said):
    server, database = site
    answer = signed_in(server, "manager").post("/releases", data=FORM | given)
    assert answer.status_code == 400
    assert said in re.search(r'id="problem"[^>]*>([^<]*)', answer.get_data(as_text=True))[1]
    assert read(database) is None


def refuses(told, k, truth=None, known=None, certificates=None):
    return Report((mock.Mock(sentence=("{lowest} people can be told", {"lowest": 3})),), {}, k)


def test_what_an_audit_found_is_for_those_entitled_to_small_counts(site, monkeypatch):
    server, database = site
    monkeypatch.setitem(
        GRANTED, "administrator", frozenset({Permission.ISSUE_RELEASE, Permission.SEE_COVERAGE})
    )
    number = made(database, audit=refuses)
    seen = signed_in(server, "epidemiologist").get(f"/releases/{number}").get_data(as_text=True)
    assert "3 people can be told" in seen
    assert re.search(r"\d% of cells, \d+\.\d% of people", seen)
    other = signed_in(server, "administrator").get(f"/releases/{number}").get_data(as_text=True)
    assert "Refused by its audit" in other
    assert "people can be told" not in other
    assert "of people" not in other
    assert signed_in(server, "administrator").post(f"/releases/{number}/issue").status_code == 400


def test_a_release_is_stopped_on_its_page(site):
    server, database = site
    client = signed_in(server, "manager")
    client.post("/releases", data=FORM)
    assert client.post("/releases/1/cancel").status_code == 303
    assert read(database).status == "cancelled"
    assert "Stopped" in client.get("/releases/1").get_data(as_text=True)
    assert client.get("/releases/7").status_code == 404
    assert date.fromisoformat(FORM["until"]) == release_data.LAST
