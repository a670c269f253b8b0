"""Accounts of the demo, whose password is public, answer on the machine itself alone, at each request."""

from __future__ import annotations

import pytest

from dashboard.permissions import Grant
from dashboard.services import accounts
from tests.support.web import PASSWORD, served, sign_in, signed_in

GRANT = Grant.custodian()
DEMO = "chhlang-demo"
OUTSIDE = [
    {"environ_base": {"REMOTE_ADDR": "203.0.113.5"}},
    {"base_url": "http://chhlang.example.org"},
    {"headers": {"X-Forwarded-For": "127.0.0.1"}},
    {"headers": {"X-Forwarded-Host": "localhost"}},
    {"headers": {"X-Forwarded-Proto": "http"}},
    {"headers": {"Forwarded": "for=127.0.0.1"}},
    {"headers": {"X-Real-IP": "127.0.0.1"}},
    {"headers": {"Via": "1.1 proxy"}},
    {"headers": {"CF-Connecting-IP": "127.0.0.1"}},
]


@pytest.fixture(scope="module")
def site(sqlite_files):
    """A server that has long been running when the demo's accounts come."""
    with sqlite_files.fresh(migrated=True) as url, served(url) as made:
        database = made.extensions["chhlang"].database
        for role in ("administrator", "viewer"):
            accounts.add(
                database,
                GRANT,
                email=f"demo-{role}@example.org",
                password=DEMO,
                role=role,
                provinces=None,
                demo=True,
            )
        yield made


def test_on_the_machine_itself_they_answer_and_need_no_code(site):
    client = site.test_client()
    assert sign_in(client, "demo-administrator", DEMO).location == "/"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("outside", OUTSIDE, ids=str)
@pytest.mark.parametrize("role", ["administrator", "viewer"])
def test_from_elsewhere_their_password_is_wrong(site, role, outside):
    client = site.test_client()
    answer = sign_in(client, f"demo-{role}", DEMO, **outside)
    wrong = sign_in(site.test_client(), f"demo-{role}", "a guess that is wrong", **outside)
    assert (answer.status_code, wrong.status_code) == (200, 200)
    assert answer.get_data() == wrong.get_data()
    assert client.get("/", **outside).status_code == 302


@pytest.mark.parametrize("outside", OUTSIDE, ids=str)
def test_a_session_that_began_on_the_machine_is_none_elsewhere(site, outside):
    client = site.test_client()
    sign_in(client, "demo-administrator", DEMO)
    assert client.get("/").status_code == 200
    thief = site.test_client()
    thief.set_cookie("chhlang", client.get_cookie("chhlang").value, domain="chhlang.example.org")
    thief.set_cookie("chhlang", client.get_cookie("chhlang").value)
    assert thief.get("/", **outside).status_code == 302
    assert thief.post("/today/area", data={}, **outside).status_code in (401, 403)
    assert thief.get("/sign-in", **outside).status_code == 200
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("outside", OUTSIDE, ids=str)
def test_the_others_go_on_meanwhile(site, outside):
    client = site.test_client()
    assert sign_in(client, "viewer", PASSWORD, **outside).status_code == 302


@pytest.mark.parametrize("setting", [{"CHHLANG_PROXIES": "1"}, {"CHHLANG_HTTPS": "yes"}])
def test_behind_a_proxy_they_never_answer(sqlite_url, setting):
    with served(sqlite_url, **setting) as made:
        accounts.add(
            made.extensions["chhlang"].database,
            GRANT,
            email="demo@example.org",
            password=DEMO,
            role="viewer",
            provinces=None,
            demo=True,
        )
        assert sign_in(made.test_client(), "demo", DEMO).status_code == 200
        if "CHHLANG_HTTPS" not in setting:
            assert signed_in(made, "viewer").get("/").status_code == 200
