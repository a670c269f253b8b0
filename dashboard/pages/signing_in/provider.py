"""Sign-in by a provider of identities (OpenID Connect). Without the setting there is no such route.

Authlib does the protocol: code flow with PKCE, state and nonce. Which account somebody then has is decided in
dashboard.services.signing_in.identities.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_security.utils import login_user
from joserfc.errors import JoseError
from requests.exceptions import RequestException
from werkzeug.wrappers import Response

from dashboard.services.signing_in import guesses, identities
from dashboard.services.signing_in.identities import Identity
from dashboard.settings import Settings
from dashboard.web.access import public
from dashboard.web.signing_in import guessing, halfway
from dashboard.web.site import database, settings

_KEY = "chhlang-provider"
_SECONDS = 5
#: How many threads of a process may wait for the provider, and how long another one waits to be one of them.
_FREE, _PATIENCE = threading.BoundedSemaphore(2), 0.5
_FAILURES = (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError, KeyError)
#: What a provider says of how somebody showed who she is, where that was more than a password (RFC 8176).
_STRONG = frozenset({"mfa", "otp", "hwk", "fpt", "face", "sc"})
_log = logging.getLogger("chhlang")

pages = Blueprint("provider", __name__)


def set_up(server: Flask, chosen: Settings) -> None:
    """Add the provider that the settings name; nothing where they name none."""
    if chosen.oidc_issuer is None:
        return
    library = OAuth(server)
    library.register(
        "provider",
        client_id=chosen.oidc_client_id,
        client_secret=chosen.oidc_client_secret,
        server_metadata_url=f"{chosen.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
        },
    )
    server.extensions[_KEY] = library.provider
    server.register_blueprint(pages)


@pages.get("/sign-in/provider")
@public
def begin() -> Response:
    """Lead on to the provider."""
    if current_user.is_authenticated:
        return redirect(url_for("today.first"))
    try:
        with _asking():
            answer: Response = _client().authorize_redirect(_here())
    except _FAILURES as error:
        _log.warning("the provider of identities did not answer (%s)", type(error).__name__)
        return _in_vain(502)
    return answer


@pages.get("/sign-in/provider/back")
@public
def back() -> Response:
    """Sign in who comes back from the provider, where she has an account."""
    if current_user.is_authenticated:
        return redirect(url_for("today.first"))
    arrived = guessing.arrived()
    if isinstance(arrived, Response):
        return arrived
    try:
        said = _said()
    except _FAILURES as error:
        _log.warning("what came from the provider of identities was not taken (%s)", type(error).__name__)
        identities.refused(database(), request.remote_addr or "", "the answer of the provider was not taken")
        return _in_vain(502)
    issuer = str(settings().oidc_issuer)
    verified = said.get("email") if said.get("email_verified") is True else None
    found = identities.account_of(
        database(), Identity(issuer, str(said.get("sub", "")), str(verified) if verified else None)
    )
    user = None if found is None else halfway.user_of(found)
    if user is None:
        identities.refused(database(), request.remote_addr or "", "no account of this identity")
        return _in_vain(403)
    guesses.passed(database(), arrived)
    strong = not _STRONG.isdisjoint(map(str, said.get("amr") or ()))
    leads = halfway.enter(user, url_for("today.first"), strong=strong)
    if leads is None:
        login_user(user, authn_via=["provider"])
    return redirect(leads or url_for("today.first"))


def _said() -> Mapping[str, Any]:
    """What the provider says of whoever comes back, once all of it was looked at."""
    with _asking():
        named = str(_client().load_server_metadata().get("issuer", ""))
        if named.rstrip("/") != str(settings().oidc_issuer).rstrip("/"):
            raise RuntimeError("the provider calls itself by another name")
        return _client().authorize_access_token().get("userinfo") or {}


@contextmanager
def _asking() -> Iterator[None]:
    """Keep threads for everybody else while a provider that is slow is asked."""
    if not _FREE.acquire(timeout=_PATIENCE):
        raise RuntimeError("the provider is asked by others already")
    try:
        yield
    finally:
        _FREE.release()


def _client() -> Any:
    return current_app.extensions[_KEY]


def _here() -> str:
    return url_for("provider.back", _external=True, _scheme="https" if settings().https else None)


def _in_vain(code: int) -> Response:
    return make_response(render_template("provider_refused.html", known=code == HTTPStatus.FORBIDDEN), code)
