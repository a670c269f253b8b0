"""Authenticators under another key than the one that is set: every place says so, and what to do."""

from __future__ import annotations

import pytest

from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.server import serve as server
from dashboard.services import accounts
from dashboard.services.signing_in import seals, second_factor
from dashboard.services.upkeep import readiness
from db.maintenance.opening import open_database
from db.operations import accounts as operations
from tests.support import authenticator
from tests.support.command_line import KEY
from tests.support.web import GOOD_KEY, served, settings, signed_in

OTHER = "key number 2, long enough and of no use elsewhere"
SENTENCE = "Authenticators that are sealed under another CHHLANG_SECRET_KEY than the one that is set: 1."
TO_DO = "set CHHLANG_PREVIOUS_KEY to that and run python app.py rekey"


def enrol(url, *emails, key):
    """Accounts with authenticators."""
    database = open_database(url)
    for email in emails:
        accounts.add(
            database, Grant.custodian(), email=email, password=None, role="administrator", provinces=None
        )
        sealed = second_factor.new_secret(key)
        secret = second_factor.set_up(key, sealed, email).typed.replace(" ", "")
        number = operations.number_of(database, email)
        assert second_factor.confirm(
            database, key, number, email, sealed, authenticator.code(secret, steps=-1)
        )
    database.dispose()


def lines(done):
    return [line for line in done.stderr.splitlines() if "sealed" in line]


def test_verify_says_so_in_one_line_and_judges_the_figures_alone(cli):
    enrol(cli.url, "one@example.org", key=KEY)
    assert lines(cli("verify")) == []
    enrol(cli.url, "two@example.org", key=OTHER)
    done = cli("verify")
    assert done.code == 0
    (said,) = lines(done)
    assert said.startswith(f"chhlang: {SENTENCE}")
    assert said.endswith(TO_DO)
    assert "two@example.org" not in said  # rekey names people; a log need not
    assert lines(cli("verify", env={"CHHLANG_SECRET_KEY": None})) == []  # it does not know the key
    done = cli("rekey", env={"CHHLANG_PREVIOUS_KEY": OTHER})
    assert done.code == 0, done.stderr
    assert lines(cli("verify")) == []


@pytest.mark.parametrize("key", [GOOD_KEY, OTHER])
def test_serve_says_so_at_its_start(sqlite_cli, monkeypatch, key):
    enrol(sqlite_cli.url, "one@example.org", key=key)
    monkeypatch.setattr(server, "serve", lambda *_given: None)
    done = sqlite_cli("serve", env={"CHHLANG_SECRET_KEY": GOOD_KEY})
    assert done.code == 0, done.stderr
    assert [line.startswith(f"chhlang: {SENTENCE}") for line in lines(done)] == [True] * (key == OTHER)


@pytest.mark.parametrize("key", [GOOD_KEY, OTHER])
def test_readyz_warns_and_the_server_stays_ready(sqlite_url, key):
    enrol(sqlite_url, "one@example.org", key=key)
    database = open_database(sqlite_url)
    found = {one.name: one for one in readiness.checks(database, settings(sqlite_url))}
    database.dispose()
    if key == GOOD_KEY:
        assert (found["authenticators"].status, found["authenticators"].detail) == ("ok", "can be read")
    else:
        assert found["authenticators"].status == "warn"
        assert found["authenticators"].detail.startswith(SENTENCE)


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_settings_page_says_so_in_the_readers_language(sqlite_url, language):
    with served(sqlite_url) as made:
        client = signed_in(made, "administrator")
        client.set_cookie("chhlang-language", language)
        assert 'role="alert"' not in client.get("/administration/settings").get_data(as_text=True)
        enrol(sqlite_url, "one@example.org", key=OTHER)
        page = client.get("/administration/settings").get_data(as_text=True)
    said = translator(language)(seals.SAID).format(count=1, command=seals.COMMAND)
    assert f'<p class="problem" role="alert">{said}</p>' in page
