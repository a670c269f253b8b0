"""The way in: one form, one cookie, no other page of the library that keeps it."""

from __future__ import annotations

import re

import pytest

from surveillance.errors import ConfigurationError
from tests.support.accounts import real_hashing
from tests.support.web import PASSWORD, form_token, served, settings, sign_in, signed_in


def cookies(answer):
    """Names of the cookies that an answer gives."""
    return [line.partition("=")[0] for line in answer.headers.getlist("Set-Cookie")]


def test_of_the_librarys_pages_only_sign_in_exists(shared_server):
    theirs = {
        r.endpoint: str(r) for r in shared_server.url_map.iter_rules() if r.endpoint.startswith("secur")
    }
    assert theirs == {"security.login": "/sign-in"}


@pytest.mark.parametrize("path", ["/verify", "/fs-static/js/webauthn.js", "/logout", "/change", "/reset"])
def test_the_librarys_other_addresses_are_not_found_and_take_no_guesses(shared_server, path):
    client = signed_in(shared_server, "viewer")
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": "a guess that is wrong"}).status_code in (404, 405)


@pytest.mark.parametrize("asked", ["y", "true", "on", "1"])
def test_nobody_can_ask_to_be_remembered(shared_server, asked):
    client = shared_server.test_client()
    answer = sign_in(client, "viewer", data={"remember": asked})
    assert answer.status_code == 302
    assert sorted(cookies(answer)) == ["chhlang", "chhlang-known"]
    assert client.get_cookie("chhlang-remember") is None
    assert client.get_cookie("remember_token") is None
    assert "remember" not in client.get("/sign-in").get_data(as_text=True)


def test_the_mark_of_a_device_opens_nothing(shared_server):
    client = shared_server.test_client()
    sign_in(client, "viewer")
    assert client.get("/").status_code == 200
    client.delete_cookie("chhlang")
    assert client.get_cookie("chhlang-known", path="/sign-in") is not None
    assert client.get("/").status_code == 302


def test_every_cookie_under_https_is_sent_by_https_alone(sqlite_url):
    with served(sqlite_url, csrf=True, CHHLANG_HTTPS="yes") as server:
        client = server.test_client()
        secure = {"base_url": "https://localhost"}
        client.get("/sign-in", **secure)
        form = {"csrf_token": form_token(client)}
        answers = [client.get("/sign-in", **secure), sign_in(client, "viewer", data=form, **secure)]
        given = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
        assert given
        for line in given:
            assert {"Secure", "HttpOnly"} <= set(line.split("; "))
            assert "SameSite=" in line
        for name in ("SESSION_COOKIE_SECURE", "REMEMBER_COOKIE_SECURE", "REMEMBER_COOKIE_HTTPONLY"):
            assert server.config[name] is True


def test_a_password_is_kept_as_a_hash_that_takes_work_and_memory(sqlite_url):
    with real_hashing(), served(sqlite_url) as server:
        assert sign_in(server.test_client(), "viewer").status_code == 302
        assert sign_in(server.test_client(), "viewer", "another long password").status_code == 200
        with server.app_context():
            person = server.extensions["security"].datastore.find_user(email="viewer@example.org")
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", person.password)
    memory, times, _ = map(int, found.groups())
    assert memory >= 19_456 and times >= 2  # the least that OWASP recommends


@pytest.fixture
def guarded(sqlite_url):
    """A server that counts guesses."""
    with served(sqlite_url, limited=True) as server:
        yield server


def guess(server, name, times, *, address="203.0.113.5", password="a guess that is wrong", **more):
    """Statuses of some attempts from one address."""
    base = {"REMOTE_ADDR": address}
    return [
        sign_in(server.test_client(), name, password, environ_base=base, **more).status_code
        for _ in range(times)
    ]


def test_after_ten_wrong_guesses_at_an_account_there_are_no_more(guarded):
    assert guess(guarded, "official", 12) == [200] * 10 + [429] * 2
    assert guess(guarded, "official", 1, password=PASSWORD) == [429]
    assert guess(guarded, "OFFICIAL", 1, password=PASSWORD) == [429]  # other letters, the same account


def test_the_guesses_of_one_reader_lock_out_neither_another_account_nor_another_address(guarded):
    guess(guarded, "official", 12)
    assert guess(guarded, "viewer", 1, password=PASSWORD) == [302]
    assert guess(guarded, "official", 1, password=PASSWORD, address="203.0.113.6") == [302]


def test_signing_in_with_the_right_password_is_not_counted(guarded):
    assert guess(guarded, "official", 15, password=PASSWORD) == [302] * 15


def test_guesses_at_many_accounts_from_one_address_have_an_end_too(guarded):
    found = [guess(guarded, f"nobody{number}", 1)[0] for number in range(61)]
    assert found == [200] * 60 + [429]


def test_a_refused_guess_is_an_answer_like_any_other(guarded):
    client = guarded.test_client()
    for _ in range(11):
        answer = sign_in(client, "official", "a guess that is wrong")
    assert answer.status_code == 429
    assert "Content-Security-Policy" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_a_forwarded_address_is_believed_only_from_the_proxies_that_are_said_to_exist(sqlite_url, proxies):
    with served(sqlite_url, limited=True, CHHLANG_PROXIES=proxies) as server:
        first = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}
        assert guess(server, "official", 11, headers=first)[-1] == 429
        claimed = first | {
            "X-Forwarded-For": "198.51.100.9, 198.51.100.1"
        }  # what a stranger wrote comes first
        assert guess(server, "official", 1, headers=claimed) == [429]
        other = first | {"X-Forwarded-For": "198.51.100.2"}
        assert guess(server, "official", 1, headers=other) == [200 if proxies == "1" else 429]


@pytest.mark.parametrize("text", ["-1", "6", "one", "1.5", "١"])
def test_a_number_of_proxies_that_is_none_is_refused(sqlite_url, text):
    with pytest.raises(ConfigurationError, match="CHHLANG_PROXIES"):
        settings(sqlite_url, CHHLANG_PROXIES=text)


@pytest.mark.parametrize("https", ["yes", "no"])
def test_the_cookies_of_language_and_look_are_as_guarded_as_the_others(sqlite_url, https):
    with served(sqlite_url, CHHLANG_HTTPS=https) as server:
        for address in ("/language/km", "/look/dark"):
            given = server.test_client().get(address).headers["Set-Cookie"].split("; ")
            assert ("Secure" in given) is (https == "yes")
            assert {"HttpOnly", "SameSite=Lax"} <= set(given)
