"""The way in: one form, one cookie, no other page of the library that keeps it."""

from __future__ import annotations

import pytest

from tests.support.web import form_token, served, sign_in, signed_in


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
    assert cookies(answer) == ["chhlang"]
    assert client.get_cookie("chhlang-remember") is None
    assert client.get_cookie("remember_token") is None
    assert "remember" not in client.get("/sign-in").get_data(as_text=True)


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
