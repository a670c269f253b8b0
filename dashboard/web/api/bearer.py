"""Who asks by a token: `Authorization: Bearer` alone, and no cookie, address or form.

What is asked below `/api` is answered to tokens alone, and a token opens nothing else: a page of a stranger
can ask nothing there in the reader's name, and a token that somebody finds opens no page.
"""

from __future__ import annotations

from hashlib import sha256
from math import ceil
from threading import Lock

from flask import Flask, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.signing_in import tokens
from dashboard.web import request_context, sessions, site
from surveillance.texts import N_

#: Where programs ask.
BELOW = "/api/"
NO_TOKEN = N_(
    "Bring a token, as the header Authorization: Bearer TOKEN. Tokens are made on the page /account/tokens."
)
NOT_HERE = N_("Accounts of the demo are answered on the machine itself alone.")
TOO_OFTEN = N_("This token may ask {often} times a minute. Ask again in {seconds} seconds.")
#: Whose turn a token is that was right: by its fingerprint, in the memory of one process. It lets nobody in.
_MOST_LANES = 1_000
_lanes: dict[str, str] = {}
_guard = Lock()


def is_api(path: str | None = None) -> bool:
    """Whether this request, or one of a path, is for programs."""
    return (request.path if path is None else path).startswith(BELOW)


def grant_of_token() -> Grant:
    """The grant of the token that this request brings; it is counted.

    Raises
    ------
    Unauthorized
        It brings none, or one that answers nothing: says why.
    TooManyRequests
        It asks more often than it may.
    """
    t = translator(request_context.spoken())
    text = _text(request.headers.get("Authorization", ""))
    if text is None:
        raise _refused(t(NO_TOKEN))
    found = tokens.whose(site.database(), text)
    if isinstance(found, tokens.Refused):
        raise _refused(t(found.why), error="invalid_token")
    if not sessions.may_be_used(demo=found.demo):
        raise _refused(t(NOT_HERE), error="invalid_token")
    if found.wait > 0:
        seconds = max(1, ceil(found.wait))
        said = t(TOO_OFTEN).format(often=found.per_minute, seconds=seconds)
        raise TooManyRequests(said, retry_after=seconds)
    _note_lane(text, found.grant.actor)
    g.token = found.number
    return found.grant


def number() -> int | None:
    """Number of the token that this request brought."""
    found: int | None = g.get("token")
    return found


def lane_of(header: str) -> str:
    """Whose turn a request is by its header `Authorization`; blank while its token was not seen."""
    text = _text(header)
    return "" if text is None else _lanes.get(_mark(text), "")


def set_up(server: Flask) -> None:
    """Forget the turns of a server that was made before in this process."""
    with _guard:
        _lanes.clear()


def _note_lane(text: str, account: str) -> None:
    with _guard:
        if len(_lanes) >= _MOST_LANES:
            _lanes.clear()
        _lanes[_mark(text)] = f"programs of {account}"


def _text(header: str) -> str | None:
    """The token of a header; None where it holds none that is written as one."""
    scheme, _, text = header.strip().partition(" ")
    text = text.strip()
    return text if scheme.lower() == "bearer" and tokens.is_one(text) else None


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _refused(said: str, error: str = "") -> Unauthorized:
    told: dict[str, str | None] = {"realm": "Chhlang"}
    if error:
        told["error"] = error
    return Unauthorized(said, www_authenticate=WWWAuthenticate("bearer", told))
