"""Who is asking: sign-in by Flask-Security, and the grant of the person signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from flask import Flask, g, make_response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_security import Security, SQLAlchemySessionUserDatastore, UserMixin
from flask_security.forms import LoginForm
from werkzeug.wrappers import Response

from dashboard.permissions import Grant
from dashboard.services import sessions
from dashboard.web import sessions as web_sessions
from dashboard.web import site
from db.core.engine import Database
from db.operations.accounts import role_of, scope_of, session_factory
from db.tables.operations import Account, Role


class User(UserMixin, Account):  # type: ignore[misc]
    """An account as Flask-Security knows it."""


class SignInForm(LoginForm):
    """Address and password. No user is remembered: a cookie for a year has no place on a shared computer."""

    remember = None


#: Wrong guesses at one account from one address: people who share an address do not lock each other out.
_GUESSES = "10 per minute; 60 per hour"
#: Wrong guesses from one address, at whatever accounts.
_GUESSES_AT_ANY = "60 per minute; 600 per hour"


def set_up(server: Flask, database: Database) -> None:
    """Add sign-in and the session's rules to a server."""
    server.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - a scheme
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_SALT="unused: argon2 salts each hash",  # noqa: S106
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_METHODS=None,
        SECURITY_LOGIN_USER_TEMPLATE="sign_in.html",
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_REDIRECT_VALIDATE_MODE=None,
        # The library's other pages and files are not served at all.
        SECURITY_FRESHNESS=timedelta(minutes=-1),
        SECURITY_STATIC_FOLDER=None,
        # No such cookie is ever given; were one, it would be as guarded as the session's.
        REMEMBER_COOKIE_NAME="chhlang-remember",
        REMEMBER_COOKIE_DURATION=timedelta(0),
        REMEMBER_COOKIE_SECURE=server.config["SESSION_COOKIE_SECURE"],
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Strict",
    )
    sessions = session_factory(database)
    store = SQLAlchemySessionUserDatastore(sessions, User, Role)  # type: ignore[arg-type]
    library = Security(server, store, login_form=SignInForm)
    library.want_json(lambda _request: False)
    web_sessions.set_up(server)
    # Only the session says who asks. The library would also take a token from a header, an address or a JSON
    # body, and would read the bodies of strangers to look for one.
    server.login_manager.request_loader(  # type: ignore[attr-defined]
        lambda _request: None
    )
    server.teardown_appcontext(lambda _error: sessions.remove())
    limiter = Limiter(get_remote_address, app=server, storage_uri="memory://")
    view: Any = _noting_failures(server.view_functions["security.login"])
    for guesses, key in ((_GUESSES, _address_and_account), (_GUESSES_AT_ANY, get_remote_address)):
        view = limiter.limit(guesses, key_func=key, methods=["POST"], deduct_when=_failed)(view)
    server.view_functions["security.login"] = view

    @server.before_request
    def note_grant() -> None:
        g.grant = grant_of_session()


def _address_and_account() -> str:
    """Who guesses at whom; the account only as a fingerprint, of any length and letters."""
    account = request.form.get("email", "").strip().casefold()
    return f"{get_remote_address()} {sha256(account.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _noting_failures(view: Callable[..., Any]) -> Callable[..., Any]:
    """Write failed sign-ins into the trail."""

    @wraps(view)
    def noted(**values: Any) -> Any:
        answer = make_response(view(**values))
        if request.method == "POST" and _failed(answer):
            sessions.refused(site.database(), request.form.get("email", "")[:255], request.remote_addr or "")
        return answer

    return noted


def _failed(response: Response) -> bool:
    """Whether a sign-in did not succeed: success leads on to a page."""
    return response.status_code != HTTPStatus.FOUND


def grant_of_session() -> Grant | None:
    """The grant of the session's account, read anew for every request; None for a stranger."""
    if not current_user.is_authenticated or not current_user.active:
        return None
    return Grant(str(current_user.email), role_of(current_user), scope_of(current_user))
