"""The second factor: who must have one, that a code is used once, and how it is lost and found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services import accounts, administration, sessions
from dashboard.services.signing_in import second_factor
from dashboard.settings import Settings
from dashboard.web.signing_in import halfway
from db.operations import accounts as operations
from db.operations import audit
from surveillance.errors import ConfigurationError, NotPermittedError, UsageError
from tests.support import authenticator
from tests.support.accounts import PASSWORD
from tests.support.web import GOOD_KEY, served, sign_in, signed_in

GRANT = Grant.custodian()
EMAIL = "administrator@example.org"
DEFAULT = ",".join(Settings.read({}).totp_roles)


@pytest.fixture
def site(sqlite_url):
    """A server that asks for codes as it does untouched."""
    with served(sqlite_url, CHHLANG_TOTP_ROLES=DEFAULT) as made:
        yield made


@pytest.fixture
def clock(monkeypatch):
    now = [1_800_000_000.0]
    monkeypatch.setattr(second_factor, "_now", lambda: now[0])
    monkeypatch.setattr(authenticator.time, "time", lambda: now[0])
    return now


def database_of(site):
    return site.extensions["chhlang"].database


def halfway_in(site, name="administrator"):
    """A client that has shown the password."""
    client = site.test_client()
    answer = sign_in(client, name)
    assert (answer.status_code, answer.location) in ((302, "/sign-in/set-up"), (302, "/sign-in/code"))
    return client


def is_in(client):
    return client.get("/").status_code == 200


def give(client, code):
    return client.post("/sign-in/code", data={"code": code})


def test_untouched_the_roles_that_see_lines_bring_files_or_manage_accounts_need_a_code(site):
    careful = {Permission.MANAGE_ACCOUNTS, Permission.SEE_LINE_LIST, Permission.IMPORT_FILES}
    named = {role for role, held in GRANTED.items() if held & careful} - {"custodian"}
    assert set(DEFAULT.split(",")) == named
    assert sign_in(site.test_client(), "viewer").location == "/"
    assert sign_in(site.test_client(), "administrator").location == "/sign-in/set-up"


def test_by_the_password_alone_nobody_is_signed_in(site):
    client = halfway_in(site)
    assert not is_in(client)
    assert client.post("/today/area", data={}).status_code == 401
    assert sessions.listed(database_of(site), GRANT) == []
    assert not is_in(client)


def test_an_authenticator_is_set_up_by_a_picture_without_the_network(site):
    client = halfway_in(site)
    page = client.get("/sign-in/set-up").get_data(as_text=True)
    assert "<svg" in page and "http" not in re.search(r"<svg.*?</svg>", page, re.S)[0].replace(
        "http://www.w3.org/2000/svg", ""
    )
    secret = authenticator.secret_on(page)
    assert authenticator.secret_on(client.get("/sign-in/set-up").get_data(as_text=True)) == secret
    for wrong in ("", "000000", "abcdef", "١٢٣٤٥٦", "1" * 100):
        if wrong != authenticator.code(secret):
            assert client.post("/sign-in/set-up", data={"code": wrong}).status_code == 200
            assert not is_in(client)
    answer = client.post("/sign-in/set-up", data={"code": authenticator.code(secret)})
    codes = re.findall(r"<code>([A-Z2-9-]{19})</code>", answer.get_data(as_text=True))
    assert len(set(codes)) == 10
    assert is_in(client)
    assert client.get("/sign-in/set-up").location == "/sign-in"  # shown once


def test_a_code_and_a_recovery_code_are_used_once(site, clock):
    secret, codes = authenticator.set_up(halfway_in(site))
    clock[0] += 60
    right = authenticator.code(secret)
    assert give(halfway_in(site), right).location == "/"
    for used in (right, authenticator.code(secret, steps=-1), authenticator.code(secret, steps=-2)):
        client = halfway_in(site)
        assert give(client, used).status_code == 200
        assert not is_in(client)
    assert give(halfway_in(site), authenticator.code(secret, steps=1)).status_code == 302
    assert give(halfway_in(site), codes[0].lower().replace("-", " ")).status_code == 302
    assert give(halfway_in(site), codes[0]).status_code == 200
    assert give(halfway_in(site), codes[1]).status_code == 302
    lines = [(line.actor, line.action) for line in audit.latest(database_of(site))]
    assert lines.count((EMAIL, "recovery code used")) == 2
    assert lines.count((EMAIL, "second factor set up")) == 1


def test_secrets_are_sealed_and_recovery_codes_are_fingerprints(site, clock):
    secret, codes = authenticator.set_up(halfway_in(site))
    with database_of(site).operations.connect() as connection:
        rows = str(
            [
                connection.exec_driver_sql(f"SELECT * FROM {name}").all()
                for name in ("account_totp", "recovery_code")
            ]
        )
    assert secret not in rows and codes[0].replace("-", "") not in rows and codes[0] not in rows
    number = operations.number_of(database_of(site), EMAIL)
    sealed = re.search(r"gAAAA[\w=-]+", rows)[0]
    assert second_factor.set_up(GOOD_KEY, sealed, EMAIL).typed.replace(" ", "") == secret
    with pytest.raises(UsageError):
        second_factor.set_up(GOOD_KEY[::-1], sealed, EMAIL)
    assert not second_factor.use(
        database_of(site), GOOD_KEY[::-1], number, EMAIL, authenticator.code(secret, steps=1)
    )


def test_an_administrator_takes_a_second_factor_away_and_another_one_is_set_up(site, clock):
    client = halfway_in(site)
    secret, _ = authenticator.set_up(client)
    clock[0] += 60
    waiting = halfway_in(site)
    assert second_factor.reset(database_of(site), GRANT, EMAIL)
    assert not is_in(client)
    assert give(waiting, authenticator.code(secret)).location == "/sign-in"
    other, _ = authenticator.set_up(halfway_in(site))
    assert other != secret
    for role in sorted(GRANTED):
        grant = Grant("somebody", role, GRANT.scope)
        if not grant.can(Permission.MANAGE_ACCOUNTS):
            with pytest.raises(NotPermittedError):
                second_factor.reset(database_of(site), grant, EMAIL)
    with pytest.raises(UsageError):
        second_factor.reset(database_of(site), GRANT, "nobody@example.org")


@pytest.mark.parametrize("change", ["closed", "password", "role", "late"])
def test_what_waits_for_a_code_is_void_once_the_account_changes_or_ten_minutes_are_over(
    site, clock, change, monkeypatch
):
    secret, _ = authenticator.set_up(halfway_in(site))
    clock[0] += 60
    client, database = halfway_in(site), database_of(site)
    if change == "closed":
        accounts.set_active(database, GRANT, EMAIL, False)
    elif change == "password":
        accounts.set_password(database, GRANT, EMAIL, "another password that is long")
    elif change == "role":
        administration.set_role(database, GRANT, EMAIL, "epidemiologist")
    else:
        later = halfway.time.time() + 601
        monkeypatch.setattr(halfway.time, "time", lambda: later)
    assert give(client, authenticator.code(secret)).location == "/sign-in"
    assert not is_in(client)


def test_a_secret_that_a_thief_was_shown_is_not_the_one_that_the_owner_confirms(site, clock):
    thief, owner = halfway_in(site), halfway_in(site)
    shown = authenticator.secret_on(thief.get("/sign-in/set-up").get_data(as_text=True))
    secret, _ = authenticator.set_up(owner)
    assert shown != secret
    answer = thief.post("/sign-in/set-up", data={"code": authenticator.code(shown)})
    assert answer.status_code == 200 and not is_in(thief)


def test_an_account_that_has_one_is_asked_for_it_whatever_its_role_becomes(site, clock):
    authenticator.set_up(halfway_in(site))
    administration.set_role(database_of(site), GRANT, EMAIL, "viewer")
    assert sign_in(site.test_client(), "administrator").location == "/sign-in/code"


def test_guesses_at_a_code_are_slowed_down_and_the_owner_is_not(sqlite_url, clock):
    with served(sqlite_url, limited=True, CHHLANG_TOTP_ROLES=DEFAULT) as site:
        owner = halfway_in(site)
        secret, _ = authenticator.set_up(owner)
        clock[0] += 60
        wrong = "000000" if authenticator.code(secret) != "000000" else "000001"
        statuses = []
        for number in range(12):
            thief = site.test_client()
            base = {"REMOTE_ADDR": f"198.51.100.{number}"}
            assert sign_in(thief, "administrator", PASSWORD, environ_base=base).status_code == 302
            answer = thief.post("/sign-in/code", data={"code": wrong}, environ_base=base)
            statuses.append(answer.status_code)
        assert statuses == [200] * 5 + [429] * 7
        client = halfway_in(site)  # from the address of her first sign-in
        assert give(client, authenticator.code(secret)).status_code == 302
        assert is_in(client)


def test_the_own_device_that_was_ticked_is_marked_after_the_code(site, clock):
    secret, _ = authenticator.set_up(halfway_in(site))
    clock[0] += 60
    client = site.test_client()
    sign_in(client, "administrator", data={"own": "yes"})
    assert client.get_cookie("chhlang-own-device") is None
    give(client, authenticator.code(secret))
    assert client.get_cookie("chhlang-own-device") is not None


def test_the_page_that_was_asked_for_comes_after_the_code_and_no_other_site(site, clock):
    secret, _ = authenticator.set_up(halfway_in(site))
    clock[0] += 60
    client = site.test_client()
    form = {"email": EMAIL, "password": PASSWORD}
    client.post("/sign-in?next=%2Fdata", data=form)
    assert give(client, authenticator.code(secret)).location == "/data"
    away = client.post("/sign-in?next=https%3A%2F%2Fevil.example", data=form)
    assert away.status_code == 303 and away.location == "/sign-in"


@pytest.mark.parametrize("text", ["nobody", "custodian", "administrator,", "administrator;viewer"])
def test_roles_that_are_none_are_refused(text):
    with pytest.raises(ConfigurationError, match="CHHLANG_TOTP_ROLES"):
        Settings.read({"CHHLANG_TOTP_ROLES": text})
    assert Settings.read({"CHHLANG_TOTP_ROLES": "none"}).totp_roles == ()
    assert Settings.read({"CHHLANG_TOTP_ROLES": "viewer, official"}).totp_roles == ("viewer", "official")


@given(key=st.binary(min_size=20, max_size=20), now=st.integers(0, 2**33), off=st.integers(-4, 4))
def test_codes_are_those_of_the_standard_and_taken_a_half_minute_off(key, now, off):
    import base64
    from unittest import mock

    sealed = second_factor._sealing(GOOD_KEY).encrypt(key).decode()
    code = authenticator.code(base64.b32encode(key).decode(), steps=off, now=now + 120)
    near = {
        authenticator.code(base64.b32encode(key).decode(), steps=step, now=now + 120) for step in (-1, 0, 1)
    }
    with mock.patch.object(second_factor, "_now", lambda: now + 120):
        assert (second_factor._counter(GOOD_KEY, code, sealed) is not None) == (code in near)


def test_without_a_required_role_the_way_in_is_as_it_was(shared_server):
    assert is_in(signed_in(shared_server, "administrator"))
    stranger = shared_server.test_client()
    for path in ("/sign-in/code", "/sign-in/set-up"):
        assert stranger.get(path).location == "/sign-in"
        assert stranger.post(path, data={"code": "123456"}).location == "/sign-in"
