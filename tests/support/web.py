"""A server as the web sees it, with an account for each of the roles that tests ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from dashboard.server import factory
from dashboard.services import store
from dashboard.settings import Settings
from dashboard.web.signing_in import guessing
from tests.support.accounts import PASSWORD, add_accounts

GOOD_KEY = "4f1d8c2b7a6e5930d1c2b3a495867708"
#: Name in the address -> role, provinces.
ACCOUNTS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "official": ("official", None),
    "viewer": ("viewer", None),
    "administrator": ("administrator", None),
    "provincial": ("official", ("KH02",)),
}


def settings(url: str, key: str | None = GOOD_KEY, **more: str) -> Settings:
    """Settings of a server that holds no demo; passwords are enough there, unless said otherwise."""
    environment = {"DATABASE_URL": url, "CHHLANG_STANDING_SCANS": "no", "CHHLANG_TOTP_ROLES": "none"} | more
    return Settings.read(environment | ({"CHHLANG_SECRET_KEY": key} if key else {}))


class Browser(FlaskClient):
    """A client that says from where it posts, as every browser does."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"


@contextmanager
def served(url: str, *, csrf: bool = False, limited: bool = False, **more: str) -> Iterator[Flask]:
    """A server on a database, with the accounts; forms need no token unless `csrf`, guesses have no limit
    unless `limited`."""
    chosen = settings(url, **more)
    database = store.open_store(chosen)
    add_accounts(database, ACCOUNTS)
    made = factory.make_server(chosen, database)
    made.config["WTF_CSRF_ENABLED"] = csrf
    made.test_client_class = Browser
    made.config[guessing.OFF] = not limited
    try:
        yield made
    finally:
        database.dispose()


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: Any) -> Any:
    """Post the sign-in form."""
    form = {"email": f"{name}@example.org", "password": password} | more.pop("data", {})
    return client.post("/sign-in", data=form, **more)


def signed_in(server: Flask, name: str) -> FlaskClient:
    """A client with a session."""
    client = server.test_client()
    assert sign_in(client, name).status_code == 302
    return client


#: Why and how often a service is asked for records.
WHY: dict[str, Any] = {"reason": "outbreak", "most": 1_000}


def say_why(client: FlaskClient) -> FlaskClient:
    """Say why records are read, as is asked once a session."""
    assert client.post("/records/reason", data={"chosen": "outbreak"}).status_code == 303
    return client


def form_token(client: FlaskClient) -> str:
    """The token of the sign-in form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    assert found
    return found[1]


def callback_body(client: FlaskClient, search: str) -> dict[str, Any]:
    """What a browser posts when the address of the map changes."""
    listed = client.get("/_dash-dependencies").get_json()
    shown = next(
        item
        for item in listed
        if any(part["id"] == "url" for part in item["inputs"]) and not item.get("clientside_function")
    )
    parts = [part.rpartition(".") for part in shown["output"].strip(".").split("...")]
    return {
        "output": shown["output"],
        "outputs": [{"id": name, "property": what} for name, _, what in parts],
        "inputs": [{"id": "url", "property": "search", "value": search}],
        "state": [{**part, "value": "/"} for part in shown["state"]],
        "changedPropIds": ["url.search"],
    }
