"""Tokens of programs: by the header alone, never above their account, shown once, counted and ended."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.permissions import GRANTED, Grant
from dashboard.server import factory
from dashboard.services import accounts, administration
from dashboard.services.signing_in import tokens
from dashboard.web.api import bearer as bearer_module
from db.core.scope import Scope
from db.operations import audit
from db.tables.signing_in import api_token
from surveillance.errors import NotPermittedError, UsageError
from tests.support.accounts import add_accounts
from tests.support.cluster_site import cluster_site
from tests.support.programs import bearer, program, token
from tests.support.web import settings, signed_in

COVERAGE = "/api/coverage?disease=measles"
ADMINISTRATOR = Grant("administrator@example.org", "administrator", Scope.everything())


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("programs")) as made:
        yield made


@pytest.fixture
def database(site):
    return site.database


def asked(site, text, path="/api/status", **headers):
    return site.server.test_client(use_cookies=False).get(path, headers=bearer(text, **headers))


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    said = answer.get_json()
    assert said["status"] == status and said["type"] == "about:blank"
    assert said["reference"] == answer.headers["X-Request-ID"]
    return said


def lines(database, action):
    return [json.loads(one.detail) for one in audit.latest(database, 200) if one.action == action]


def test_a_token_is_taken_from_the_header_alone(site):
    text = token(site.server, "official").text
    client = site.server.test_client()
    assert asked(site, text).status_code == 200
    client.set_cookie("token", text)
    ways = (
        {"query_string": {"token": text, "access_token": text, "auth_token": text}},
        {"headers": {"Authentication-Token": text, "X-Auth-Token": text}},
        {"headers": {"Authorization": f"Basic {text}"}},
        {"headers": {"Authorization": text}},
        {"headers": {"Authorization": f"Bearer {text}, Bearer {text}"}},
        {"headers": {"Authorization": f"Bearer {text[:-1]}"}},
        {"headers": {"Authorization": "Bearer chhlang_" + "x" * 43}},
        {},
    )
    for more in ways:
        answer = client.get("/api/status", **more)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert "Set-Cookie" not in answer.headers


def test_it_is_shown_once_and_stored_as_a_mark_alone(site, database):
    client = signed_in(site.server, "official")
    form = {"name": "Excel <b>", "role": "official", "days": "30", "per_minute": "60"}
    answer = client.post("/account/tokens", data=form)
    (text,) = set(re.findall(r"chhlang_[\w-]{43}", answer.get_data(as_text=True)))
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked(site, text).status_code == 200
    page = client.get("/account/tokens").get_data(as_text=True)
    assert "Excel &lt;b&gt;" in page and f"…{text[-4:]}" in page and text not in page
    with database.operations.connect() as connection:
        held = repr(list(connection.execute(api_token.select())))
    assert text not in held and text.removeprefix(tokens.PREFIX) not in held
    assert text not in repr(audit.latest(database, 50))


@pytest.mark.parametrize("role", [role for role in GRANTED if role != "custodian"])
def test_roles_that_are_offered_may_no_more(role):
    offered = tokens.roles_for(role)
    assert role in offered
    for other in offered:
        assert GRANTED[other] <= GRANTED[role]
        assert Grant("", other, Scope.everything()).threshold >= Grant("", role, Scope.everything()).threshold


def test_it_is_never_above_its_account_nor_above_who_makes_it(database):
    provincial = Grant("provincial@example.org", "official", Scope.of("KH02"))
    usual = {"name": "x", "days": "1", "per_minute": "60"}

    def make(grant, whose, **more):
        return tokens.make(database, grant, f"{whose}@example.org", **usual | more)

    with pytest.raises(UsageError, match="role"):
        make(provincial, "provincial", role="epidemiologist")
    with pytest.raises(NotPermittedError, match="your own account covers"):
        make(provincial, "provincial", role="official", provinces=["KH01"])
    with pytest.raises(NotPermittedError, match="manage accounts"):
        make(provincial, "viewer", role="viewer")
    with pytest.raises(UsageError, match="role"):  # an administrator is not shown small numbers herself
        make(ADMINISTRATOR, "epidemiologist", role="epidemiologist")
    made = make(ADMINISTRATOR, "epidemiologist", role="viewer", provinces=["KH02"], programmes=["cnm"])
    assert made.token.scope == Scope(frozenset({"KH02"}), programmes=frozenset({"cnm"}))
    for name, wrong in (
        ("days", "0"),
        ("days", "367"),
        ("per_minute", "²"),
        ("name", " "),
        ("name", "x" * 81),
    ):
        with pytest.raises(UsageError, match=name):
            make(provincial, "provincial", role="viewer", **{name: wrong})
    with pytest.raises(UsageError, match="choose from the list"):
        make(provincial, "provincial", role="viewer", provinces=["KH99"])


def test_an_account_has_ten_at_most(site):
    made = [token(site.server, "manager") for _ in range(10)]
    with pytest.raises(UsageError, match="at most 10"):
        token(site.server, "manager")
    assert len({one.text for one in made}) == 10


def test_it_sees_no_more_than_its_role_and_places(site):
    client = program(site.server, "official", role="viewer", provinces=["KH02"])
    (row,) = client.get("/api/status").get_json()["rows"]
    assert (row["role"], row["scope"], row["threshold"]) == ("viewer", "KH02", 5)
    problem(client.get(COVERAGE, headers={"Accept": "text/csv"}), 403)
    told = client.get(COVERAGE).get_json()["rows"]
    assert {one["numerator"] for one in told} == {None}  # nothing has been issued here


def end_by_person(database, email, number):
    assert tokens.end(database, Grant(email, "reception", Scope.everything()), email, number)


CHANGES = {
    "person": end_by_person,
    "closed": lambda database, email, _: accounts.set_active(database, ADMINISTRATOR, email, False),
    "password": lambda database, email, _: accounts.set_password(
        database, ADMINISTRATOR, email, "another long password here"
    ),
    "role": lambda database, email, _: administration.set_role(database, ADMINISTRATOR, email, "viewer"),
    "scope": lambda database, email, _: administration.set_scope(
        database, ADMINISTRATOR, email, Scope.of("KH02")
    ),
    "sessions": lambda database, email, _: accounts.end_sessions(database, ADMINISTRATOR, email),
}


@pytest.mark.parametrize("what", CHANGES)
def test_any_change_of_its_account_ends_it(site, database, what):
    add_accounts(database, {f"ends-{what}": ("reception", None)})
    made = token(site.server, f"ends-{what}")
    assert asked(site, made.text).status_code == 200
    CHANGES[what](database, f"ends-{what}@example.org", made.token.id)
    said = problem(asked(site, made.text), 401)
    assert "another one" in said["detail"]
    ended = [one for one in lines(database, "token ended") if one["token"] == made.token.id]
    assert [one["why"] for one in ended] == ["person" if what == "person" else "account"]
    problem(asked(site, made.text), 401)
    assert len([one for one in lines(database, "token ended") if one["token"] == made.token.id]) == 1


def test_its_time_is_over_by_itself(site, database, monkeypatch):
    made = token(site.server, "reception", days="2")
    assert [one["name"] for one in lines(database, "token made") if one["token"] == made.token.id] == [
        "tests"
    ]
    soon = (datetime.now(UTC) + timedelta(days=2, seconds=-5)).timestamp()
    monkeypatch.setattr(tokens, "_now", lambda: soon)
    assert asked(site, made.text).status_code == 200
    monkeypatch.setattr(tokens, "_now", lambda: soon + 10)
    assert "time of this token is over" in problem(asked(site, made.text), 401)["detail"]
    assert lines(database, "token ended")[0]["why"] == "expired"


def test_how_often_it_asks_is_counted_over_all_processes(site, database, monkeypatch):
    made = token(site.server, "reception", per_minute="3")
    start = 60.0 * (datetime.now(UTC).timestamp() // 60)
    monkeypatch.setattr(tokens, "_now", lambda: start + 20)
    other = factory.make_server(settings(str(database.records.url)), database)  # as another process has it
    for server in (site.server, other, site.server):
        answer = server.test_client().get("/api/status", headers=bearer(made.text))
        assert answer.status_code == 200
    refused = other.test_client().get("/api/status", headers=bearer(made.text))
    assert "3 times a minute" in problem(refused, 429)["detail"]
    assert refused.headers["Retry-After"] == "40"
    monkeypatch.setattr(tokens, "_now", lambda: start + 60)
    assert asked(site, made.text).status_code == 200
    (held,) = [one for one in tokens.listed(database, ADMINISTRATOR, "reception@example.org")
               if one.id == made.token.id]  # fmt: skip
    assert held.used_at is not None


def test_a_use_is_in_the_trail_or_is_not_given(site, database, monkeypatch):
    client = program(site.server, "official")
    answer = client.get(COVERAGE + "&by=facility")
    line = audit.latest(database, 1)[0]
    assert (line.actor, line.action) == ("official@example.org", "program asked")
    said = json.loads(line.detail)
    assert {
        "resource": "coverage",
        "disease": "measles",
        "by": "facility",
        "format": "json",
    }.items() <= said.items()
    again = client.get(COVERAGE + "&by=facility", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and again.get_data() == b""
    assert audit.latest(database, 1)[0].id == line.id

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit, "append", full)
    said = problem(client.get(COVERAGE + "&by=facility"), 507)
    assert "disk" in said["detail"] and "rows" not in said


def test_an_answer_that_is_held_is_not_sent_again(site):
    client = program(site.server, "official")
    for more in ({}, {"Accept-Encoding": "br"}, {"Accept": "text/csv"}, {"Accept-Language": "km"}):
        first = client.get(COVERAGE, headers=more)
        tag = first.headers["ETag"]
        assert client.get(COVERAGE, headers=more | {"If-None-Match": tag}).status_code == 304
        assert client.get(COVERAGE, headers=more | {"If-None-Match": f"W/{tag}"}).status_code == 304
        for other in ('"other"', '""', 'W/""', '"', ","):
            assert client.get(COVERAGE, headers=more | {"If-None-Match": other}).status_code == 200
        assert client.get(COVERAGE + "&size=3", headers=more | {"If-None-Match": tag}).status_code == 200


def test_every_failure_is_told_as_a_problem(site, monkeypatch):
    client = program(site.server, "official")
    said = problem(client.get("/api/coverage?disease=none&from=2025-13-01"), 400)
    assert {one["parameter"] for one in said["faults"]} == {"disease", "from"}
    problem(client.get("/api/coverage"), 400)
    problem(client.get("/api/none"), 404)
    problem(client.get("/api/indicators/none"), 404)
    problem(client.get(COVERAGE + "&page=2"), 404)
    assert set(client.post("/api/coverage").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    problem(client.post("/api/coverage"), 405)
    problem(client.get(COVERAGE, headers={"Accept": "text/html"}), 406)
    problem(client.get(COVERAGE, headers={"Content-Type": "application/json"}), 415)
    monkeypatch.setattr(bearer_module.tokens, "whose", lambda *_: 1 / 0)
    assert "reference" in problem(client.get("/api/status"), 500)["detail"]


def test_demo_accounts_ask_on_the_machine_itself_alone(site, database, monkeypatch):
    store_add = {"email": "demo-one@example.org", "password": "a long enough password", "role": "viewer"}
    accounts.add(database, Grant.custodian(), provinces=None, demo=True, **store_add)
    made = token(site.server, "demo-one")
    here, there = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "203.0.113.9"}
    client = site.server.test_client()
    assert client.get("/api/status", headers=bearer(made.text), environ_base=here).status_code == 200
    problem(client.get("/api/status", headers=bearer(made.text), environ_base=there), 401)


def test_the_turn_of_a_program_is_its_accounts(site):
    text = token(site.server, "official").text
    assert bearer_module.lane_of(f"Bearer {text}") == ""
    asked(site, text)
    assert bearer_module.lane_of(f"Bearer {text}") == "programs of official@example.org"
    assert bearer_module.lane_of("Bearer chhlang_" + "y" * 43) == ""


def test_others_tokens_are_ended_by_who_looks_after_the_account_alone(site, database):
    made = token(site.server, "epidemiologist")
    number = made.token.id
    with database.operations.connect() as connection:
        account = connection.execute(api_token.select().where(api_token.c.id == number)).one().account
    assert signed_in(site.server, "official").post(f"/account/tokens/{number}/end").status_code == 404
    for name in ("official", "viewer"):
        address = f"/administration/accounts/{account}/tokens"
        assert signed_in(site.server, name).post(f"{address}/{number}/end").status_code == 403
    administrator = signed_in(site.server, "administrator")
    page = administrator.get(f"/administration/accounts/{account}/tokens").get_data(as_text=True)
    assert made.text[-4:] in page
    assert administrator.post(f"/administration/accounts/{account}/tokens/{number}/end").status_code == 303
    problem(asked(site, made.text), 401)
    assert lines(database, "token ended")[0]["why"] == "person"
