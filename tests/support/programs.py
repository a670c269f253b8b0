"""Programs that ask a server: a client that brings the token of an account."""

from __future__ import annotations

from typing import Any
from unittest import mock

from flask import Flask
from flask.testing import FlaskClient

from dashboard.permissions import Grant
from dashboard.services.signing_in import tokens
from dashboard.services.signing_in.tokens import Made
from dashboard.web import site
from db.operations import accounts


def token(server: Flask, name: str, **more: Any) -> Made:
    """A token of an account in its own role."""
    with server.app_context():
        database = site.database()
    email = f"{name}@example.org"
    facts = accounts.grant_facts(database, email)
    assert facts is not None
    asked = {"name": "tests", "role": facts[0], "days": "1", "per_minute": "600"} | more
    return tokens.make(database, Grant(email, *facts), email, **asked)


def bearer(text: str, **more: str) -> dict[str, str]:
    """The headers of a program."""
    return {"Authorization": f"Bearer {text}"} | {name.replace("_", "-"): said for name, said in more.items()}


def program(server: Flask, name: str, **more: Any) -> FlaskClient:
    """A client that brings a token of an account with every request, and no cookie."""
    client = server.test_client(use_cookies=False)
    with mock.patch.object(tokens, "MOST", 1_000):  # many tests share an account
        brought = token(server, name, **more)
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(brought.text)["Authorization"]
    client.environ_base.pop("HTTP_SEC_FETCH_SITE", None)
    return client
