"""A viewer of one province with browser tools and a script: what was tried, so that it is tried again.

Each try returns what it found; nothing is right. `tests.torture` runs all of them with random parts.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from dashboard.services import store
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.telling import DISTRICT, raise_alerts
from tests.support.web import callback_body, served, settings, sign_in, signed_in

#: Beginning of every text that lies outside the viewer's scope.
CANARY = "CANARY"
NAME = "viewer-of-one"
_CALLBACK = "/_dash-update-component"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
_PAGES = (
    "/map.json",
    "/today.json",
    "/reporting.json",
    "/curves.json",
    "/map/areas",
    "/map/table",
    "/provinces",
)
_OUTSIDE = (
    "KH02",
    "KH03",
    "F2",
    "F3",
    "TH03",
    "unknown",
    "all",
    "*",
    "KH01,KH02",
    "KH01 KH02",
    "KH0%",
    "' OR '1'='1",
)
_HOSTILE = (
    "%00",
    "\ud7ff",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "<script>",
    "{{7*7}}",
    "=1+1",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "\u202e",
    "ខ្មែរ" * 200,
    "null",
    "[]",
    "{}",
    "true",
)
#: What JSON can write and no text can hold: halves of letters.
_NO_TEXT = ("\ud800", "a\udfffb", "\0")
_PARAMETERS = (
    "disease",
    "measure",
    "by",
    "place",
    "from",
    "to",
    "count",
    "compare",
    "as_of",
    "sex",
    "age",
    "movement",
    "activity",
    "residence",
    "area",
    "layer",
    "beside",
    "at",
    "step",
    "provinces",
    "scope",
    "role",
    "format",
    "language",
    "what",
    "cases",
    "page",
    "q",
    "next",
)
#: How often the map is asked for as a picture too: its drawing is that of `/map.svg`.
_PICTURES = 0.1
_SMALL = re.compile(r'"(?:numerator|denominator|unknown|records)": ?([1-4])[,}\s]')


@dataclass(frozen=True)
class Attempt:
    """One way in. `act`: yields what it found."""

    name: str
    act: Callable[[Flask, random.Random], Iterator[str]]


def _looked_at(client: FlaskClient, path: str, *, method: str = "GET", **more: Any) -> Iterator[str]:
    """What is wrong with an answer: a failure, a canary, or a count of 1 to 4 people."""
    with client.open(path, method=method, **more) as answer:
        code, text = answer.status_code, answer.get_data().decode("utf-8", "replace")
    if code >= 500 and not path.startswith("/readyz"):  # that says so of a server without a keeper
        yield f"{method} {path[:120]!r}: {code}"
    if CANARY in text and CANARY not in path:
        yield f"{method} {path[:120]!r}: a canary"
    if path.partition("?")[0].endswith(".json") and _SMALL.search(text):
        yield f"{method} {path[:120]!r}: a small count"


def every_route(server: Flask, chance: random.Random) -> Iterator[str]:
    """Every address with some of the methods, also ones that no page uses."""
    client = signed_in(server, NAME)
    for rule in list(server.url_map.iter_rules()):
        if rule.endpoint == "session.sign_out":
            continue
        path = re.sub(r"<[^>]*any\(([^,)]*)[^>]*>", r"\1", str(rule))
        path = re.sub(r"<int:[^>]*>", "1", path)
        path = re.sub(r"<[^>]*>", "KH02", path)
        path = path.replace(".png", ".svg")  # the same drawing, in a moment
        for method in chance.sample(_METHODS, 4):
            yield from _looked_at(client, path, method=method)


def asking_for_others(server: Flask, chance: random.Random) -> Iterator[str]:
    """Parameters that name other provinces, facilities, roles and scopes, alone and several at once."""
    client = signed_in(server, NAME)
    for _ in range(60):
        names = chance.sample(_PARAMETERS, chance.randint(1, 4))
        asked = {name: chance.choice((*_OUTSIDE, *_HOSTILE)) for name in names}
        asked |= {"disease": chance.choice(("malaria", "hiv", "measles"))} if chance.random() < 0.7 else {}
        yield from _looked_at(client, chance.choice(_PAGES), query_string=asked)


def forged_callbacks(server: Flask, chance: random.Random) -> Iterator[str]:
    """Bodies of the page's callback with other addresses, states, outputs and kinds of value."""
    client = signed_in(server, NAME)
    body = callback_body(client, "?disease=malaria")
    for _ in range(60):
        forged = json.loads(json.dumps(body))
        part = chance.choice(("inputs", "state", "outputs", "output", "changedPropIds"))
        value = chance.choice((*_OUTSIDE, *_HOSTILE, *_NO_TEXT))
        if part in ("inputs", "state") and forged[part]:
            name = chance.choice(("area", "disease", "by", "from", "age"))
            forged[part][0]["value"] = f"?disease=measles&{name}={value}"
        else:
            forged[part] = value
        yield from _looked_at(client, _CALLBACK, method="POST", json=forged)


def administration(server: Flask, _chance: random.Random) -> Iterator[str]:
    """Posts of the administration's forms, with and without the origin of a browser."""
    client = signed_in(server, NAME)
    forms = {
        "/administration": {"email": "new@example.org", "role": "administrator", "everywhere": "yes"},
        "/administration/accounts/1/role": {"role": "administrator"},
        "/administration/accounts/1/scope": {"everywhere": "yes"},
        "/administration/accounts/1/link": {},
        "/administration/accounts/1/code": {},
        "/administration/sessions/1/end": {},
        "/records/reason": {"chosen": "outbreak", "next": "https://elsewhere.example/"},
        "/records": {"reason": "because I want to", "format": "csv"},
        "/imports": {"source": "x"},
        "/calendar": {"key": "x"},
        "/decisions": {"text": "x", "owner": "y", "due": "2099-01-01", "area": "KH02"},
    }
    own = ({}, {"Origin": "https://elsewhere.example"}, {"X-HTTP-Method-Override": "GET"})
    for (path, form), headers in ((item, one) for item in forms.items() for one in own):
        with client.post(path, data=form, headers=headers) as answer:
            if answer.status_code not in (400, 403):
                yield f"POST {path}: {answer.status_code}"


def headers_that_claim(server: Flask, _chance: random.Random) -> Iterator[str]:
    """Headers and fields by which some servers let a reader be somebody else, or elsewhere."""
    client = signed_in(server, NAME)
    claims = {
        "X-Original-URL": "/administration",
        "X-Rewrite-URL": "/administration",
        "X-Forwarded-User": "admin",
        "X-Forwarded-For": "127.0.0.1",
        "X-Remote-User": "administrator@example.org",
        "Forwarded": "for=127.0.0.1",
        "Authentication-Token": "x",
        "Authorization": "Basic YWRtaW46YWRtaW4=",
        "X-HTTP-Method-Override": "DELETE",
        "Range": "bytes=0-9",
        "If-None-Match": "*",
        "Accept": "application/json",
    }
    for name, value in claims.items():
        for path in ("/administration", "/data", "/administration/trail.csv", "/facilities/F2", "/map.json"):
            with client.get(path, headers={name: value}) as answer:
                if path != "/map.json" and answer.status_code not in (403, 404):
                    yield f"{name}: {path} {answer.status_code}"
                if CANARY.encode() in answer.get_data():
                    yield f"{name}: {path}: a canary"


def stolen_and_changed_cookies(server: Flask, chance: random.Random) -> Iterator[str]:
    """A cookie with changed letters, one of before sign-out, and one that was never given."""
    client = signed_in(server, NAME)
    cookie = client.get_cookie("chhlang")
    assert cookie is not None
    held = cookie.value
    for _ in range(40):
        at = chance.randrange(len(held))
        changed = held[:at] + chance.choice("abcdefXYZ019._-") + held[at + 1 :]
        other = server.test_client()
        other.set_cookie("chhlang", changed)
        with other.get("/administration") as answer:
            if answer.status_code not in (302, 401, 403):
                yield f"a changed cookie: {answer.status_code}"
    client.post("/sign-out")
    other = server.test_client()
    other.set_cookie("chhlang", held)
    with other.get("/map.json") as answer:
        if answer.status_code == 200:
            yield "a cookie lives after sign-out"


def addresses_that_lead_away(server: Flask, _chance: random.Random) -> Iterator[str]:
    """Paths out of public folders, and targets of redirects outside the site."""
    client = signed_in(server, NAME)
    for path in (
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/app.py",
        "/assets//etc/passwd",
        "/geo/../app.py",
        "/_dash-component-suites/dash/../../app.py",
        "/assets/..\\app.py",
        "/geo/%2e%2e%2fapp.py",
    ):
        with client.get(path) as answer:
            if answer.status_code == 200:
                yield f"{path}: 200"
    for target in (
        "//elsewhere.example",
        "https://elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
    ):
        for path in ("/language/km", "/look/dark"):
            with client.get(path, query_string={"next": target}, headers={"Referer": target}) as answer:
                if "elsewhere.example" in answer.headers.get("Location", "").partition("?")[0]:
                    yield f"{path} leads to {target}"
        with sign_in(server.test_client(), NAME, data={"next": target}) as answer:
            if "elsewhere.example" in answer.headers.get("Location", ""):
                yield f"sign-in leads to {target}"


def things_of_others(server: Flask, chance: random.Random) -> Iterator[str]:
    """Views, runs, files, links and pages of places that are another's."""
    client = signed_in(server, NAME)
    for number in range(1, 6):
        for what in ("rename", "share", "delete", "open"):
            with client.post(f"/views/{number}/{what}", data={"name": "mine"}) as answer:
                if answer.status_code not in (303, 400, 403, 404):
                    yield f"view {number} {what}: {answer.status_code}"
    for path in (
        "/clusters/000000000001",
        "/imports/000000000001",
        "/invitation/" + "a" * 43,
        "/facilities/F2",
        "/facilities/F3",
        "/provinces/KH02",
        "/find?q=" + CANARY[:5],
        "/map/trend.csv",
        "/data",
        "/alerts",
        "/alerts/1",
        "/alerts/digest.txt",
        "/records/reason",
        "/map/groups.svg?area=KH02",
        "/map/trend.svg?area=KH02",
        "/map.svg?by=facility",
        *(["/map.png?by=facility"] if chance.random() < _PICTURES else []),  # half a second of a processor
        "/today.svg",
    ):
        yield from _looked_at(client, path)


ATTEMPTS = tuple(
    Attempt(act.__name__.replace("_", " "), act)
    for act in (
        every_route,
        asking_for_others,
        forged_callbacks,
        administration,
        headers_that_claim,
        stolen_and_changed_cookies,
        addresses_that_lead_away,
        things_of_others,
    )
)


@contextmanager
def attacked(url: str, folder: Path) -> Iterator[Flask]:
    """A server on a migrated database: the viewer's province, and two others that are none of hers."""
    cli = CommandLine(url)
    places = {"F0": "KH01", "F1": "KH01", "F2": "KH02", "F3": "KH03"}
    listed = [
        {"facility_id": name, "province": code, "name_en": f"{CANARY}-{name}" if code != "KH01" else name}
        for name, code in places.items()
    ]
    assert cli("facilities", "import", write_csv(folder / "facilities.csv", *listed)).code == 0
    rows = [
        record(
            record_id=f"{CANARY}-{number}",
            facility_id=chosen,
            disease=("malaria", "measles", "hiv")[number % 3],
            date_visit=f"2025-01-{6 + number % 20:02d}",
            eligible="yes",
            tested="yes",
            positive="yes" if number % 7 == 0 else "no",
            crossing=("TH01", "TH03", "")[number % 3],
        )
        for number, chosen in enumerate(list(places) * 20)
    ]
    assert cli("import", write_csv(folder / f"{CANARY}.csv", *rows)).code == 0
    database = store.open_store(settings(url))
    add_accounts(database, {NAME: ("viewer", ("KH01",))})
    raise_alerts(database, datetime.now(UTC), places=((DISTRICT, "KH03"),))
    database.dispose()
    with served(url) as made:
        yield made
