"""One-time links: used once, in time, by whoever holds them, and stored as fingerprints."""

from __future__ import annotations

import re

import pytest

from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services import accounts, sessions
from dashboard.services.signing_in import links
from db.operations import audit
from surveillance.errors import NotPermittedError, UsageError
from tests.support import authenticator
from tests.support.web import served, sign_in, signed_in

GRANT = Grant.custodian()
NEW = "four words that nobody wrote"
EMAIL = "new@example.org"


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url, limited=True, CHHLANG_TOTP_ROLES="data_manager") as made:
        yield made


def database_of(site):
    return site.extensions["chhlang"].database


def invited(site, role="viewer"):
    """The way to the page of an invitation."""
    accounts.add(database_of(site), GRANT, email=EMAIL, password=None, role=role, provinces=None)
    return links.issue(database_of(site), GRANT, EMAIL).path


def choose(client, path, password=NEW, again=None):
    return client.post(path, data={"password": password, "again": password if again is None else again})


def is_in(client):
    return client.get("/").status_code == 200


def test_an_invited_person_sets_her_password_and_is_signed_in(site):
    path, client = invited(site), site.test_client()
    assert EMAIL in client.get(path).get_data(as_text=True)
    assert choose(client, path).location == "/"
    assert is_in(client)
    assert sign_in(site.test_client(), "new", NEW).status_code == 302
    assert choose(site.test_client(), path, "other words that nobody knew").status_code == 404
    assert site.test_client().get(path).status_code == 404


def test_where_her_role_needs_one_she_sets_up_an_authenticator_first(site):
    path, client = invited(site, "data_manager"), site.test_client()
    assert choose(client, path).location == "/sign-in/set-up"
    assert not is_in(client)
    authenticator.set_up(client)
    assert is_in(client)
    other = links.issue(database_of(site), GRANT, EMAIL)
    assert (
        choose(client, other.path, NEW + " again").location == "/sign-in/code"
    )  # a link is no second factor


def test_without_a_password_nobody_signs_in(site):
    invited(site)
    for password in ("", " ", "None"):
        assert sign_in(site.test_client(), "new", password).status_code == 200


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("short", None),
        (" " * 20, None),
        ("chhlang-demo", None),
        (f"{EMAIL}12", None),
        (NEW, NEW + "!"),
        ("", None),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_words_and_the_link_can_still_be_used(
    site, password, again
):
    path, client = invited(site), site.test_client()
    answer = choose(client, path, password, again)
    assert (answer.status_code, "problem" in answer.get_data(as_text=True)) == (400, True)
    assert not is_in(client)
    assert choose(client, path).status_code == 303


def test_looking_at_a_link_does_not_use_it_and_a_link_of_another_letter_is_none(site):
    path, client = invited(site), site.test_client()
    for _ in range(3):
        assert client.get(path).status_code == 200
    for other in (path[:-1], path + "A", path.swapcase().replace("/INVITATION/", "/invitation/")):
        assert client.get(other).status_code == 404
        assert choose(client, other).status_code == 404


def test_a_link_expires_and_is_void_after_another_one_a_closing_and_a_password(site, monkeypatch):
    database = database_of(site)
    path = invited(site)
    second = links.issue(database, GRANT, EMAIL)
    assert site.test_client().get(path).status_code == 404
    for change in (
        lambda: accounts.set_password(database, GRANT, EMAIL, NEW),
        lambda: (
            accounts.set_active(database, GRANT, EMAIL, False),
            accounts.set_active(database, GRANT, EMAIL, True),
        ),
        lambda: monkeypatch.setattr(links, "_now", lambda: second.expires.timestamp() + 4 * 86_400),
    ):
        fresh = links.issue(database, GRANT, EMAIL).path
        assert site.test_client().get(fresh).status_code == 200
        change()
        assert site.test_client().get(fresh).status_code == 404
        assert choose(site.test_client(), fresh).status_code == 404


def test_a_reset_ends_the_sessions_and_leaves_the_old_password_until_then(site):
    database, client = database_of(site), signed_in(site, "viewer")
    issued = links.issue(database, GRANT, "viewer@example.org")
    assert issued.purpose == links.RESET
    assert is_in(client) and is_in(signed_in(site, "viewer"))
    someone = signed_in(site, "official")  # the same browser may hold another person's session
    assert choose(someone, issued.path).status_code == 303
    assert not is_in(client)
    assert [one.account for one in sessions.listed(database, GRANT)].count("viewer@example.org") == 1
    assert sign_in(site.test_client(), "viewer").status_code == 200
    assert sign_in(site.test_client(), "viewer", NEW).status_code == 302


def test_only_a_fingerprint_is_stored_and_the_trail_knows_who_made_and_used_it(site):
    path = invited(site)
    token, database = path.rpartition("/")[2], database_of(site)
    assert len(token) == 43
    with database.operations.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM one_time_link").all()
    assert len(rows) == 1 and token not in str(rows)
    choose(site.test_client(), path)
    lines = [(line.actor, line.action) for line in audit.latest(database)]
    assert ("command line", "link made") in lines and (EMAIL, "password set") in lines
    assert token not in str([line.detail for line in audit.latest(database)])


def test_who_may_not_manage_accounts_makes_no_link_and_none_is_made_for_closed_accounts(site):
    database = database_of(site)
    for role in sorted(GRANTED):
        grant = Grant("somebody", role, GRANT.scope)
        if not grant.can(Permission.MANAGE_ACCOUNTS):
            with pytest.raises(NotPermittedError):
                links.issue(database, grant, "viewer@example.org")
    accounts.set_active(database, GRANT, "viewer@example.org", False)
    for email in ("viewer@example.org", "nobody@example.org"):
        with pytest.raises(UsageError):
            links.issue(database, GRANT, email)


def test_the_page_says_what_is_wrong_in_khmer_too(site):
    path, client = invited(site), site.test_client()
    client.set_cookie("chhlang-language", "km")
    said = re.search(
        r'class="problem"[^>]*>(.*?)<', choose(client, path, "short").get_data(as_text=True), re.S
    )[1]
    assert re.search("[\u1780-\u17ff]", said) and not re.search("[a-z]{4}", said)


def test_the_commands_show_a_link_once_and_take_a_second_factor_away(sqlite_cli):
    sqlite_cli("coverage")  # makes the database
    done = sqlite_cli("accounts", "add", EMAIL, "--role", "viewer", "--invite")
    assert done.code == 0
    assert re.search(r"^/invitation/[\w-]{43}$", done.stdout, re.M)
    again = sqlite_cli("accounts", "link", EMAIL)
    assert again.code == 0 and again.stdout.splitlines()[-1] != done.stdout.splitlines()[-1]
    assert sqlite_cli("accounts", "totp-reset", EMAIL).code == 0
    for action in (["link"], ["totp-reset"], ["identity", "--remove"]):
        assert sqlite_cli("accounts", action[0], "nobody@example.org", *action[1:]).code == 2
    provider = {"CHHLANG_OIDC_ISSUER": "https://login.example.org", "CHHLANG_OIDC_CLIENT_ID": "chhlang"}
    provider |= {"CHHLANG_OIDC_CLIENT_SECRET": "said at the provider"}
    assert sqlite_cli("accounts", "identity", EMAIL, "--subject", "17").code == 2
    assert sqlite_cli("accounts", "identity", EMAIL, "--subject", "17", env=provider).code == 0
    assert sqlite_cli("accounts", "identity", EMAIL, "--remove").code == 0
