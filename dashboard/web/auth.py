"""Who is asking: sign-in by Flask-Security, and the grant of the person signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, current_app, g, redirect, request
from flask_login import current_user
from flask_security import Security, SQLAlchemySessionUserDatastore, UserMixin
from flask_security.forms import LoginForm
from flask_security.tf_plugin import TfPlugin
from werkzeug.wrappers import Response

from dashboard.permissions import Grant
from dashboard.web import sessions as web_sessions
from dashboard.web import site
from dashboard.web.api import bearer
from dashboard.web.signing_in import guessing, halfway
from db.core.engine import Database
from db.operations.accounts import role_of, scope_of, session_factory
from db.tables.operations import Account, Role


class User(UserMixin, Account):  # type: ignore[misc]
    """An account as Flask-Security knows it."""


class SignInForm(LoginForm):
    """Address and password. No user is remembered: a cookie for a year has no place on a shared computer."""

    remember = None

    def validate(self, **more: Any) -> bool:
        """Also refuse accounts of the demo, whose passwords are public, to whoever is not on this machine."""
        if not super().validate(**more):
            return False
        if web_sessions.may_answer(self.user):
            return True
        self.password.errors.append("")
        return False


class SecondStep(TfPlugin):
    """What follows the password: in the library's place, with pages, storage and limits of our own."""

    def tf_enter(
        self, user: Any, remember_me: bool | None, primary_authn_via: str, next_loc: str | None
    ) -> Response | None:
        """Lead on to the code that somebody owes; None lets the library sign her in."""
        # A hash of an older kind was made anew while the password was read: written before anything else is.
        current_app.extensions["security"].datastore.commit()
        back = request.args.get("next") or request.form.get("next") or "/"
        leads = halfway.enter(user, back, own=request.form.get("own") == "yes")
        return None if leads is None else redirect(leads)


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
    library.two_factor_plugins = SecondStep()
    web_sessions.set_up(server)
    guessing.set_up(server)
    # Only the session says who asks for a page. The library would also take a token of its own from a header,
    # an address or a JSON body, and would read the bodies of strangers to look for one.
    server.login_manager.request_loader(  # type: ignore[attr-defined]
        lambda _request: None
    )
    server.teardown_appcontext(lambda _error: sessions.remove())
    server.view_functions["security.login"] = guessing.limited(server.view_functions["security.login"])

    @server.context_processor
    def ways_in() -> dict[str, bool]:
        return {"by_provider": site.settings().oidc_issuer is not None}

    @server.before_request
    def note_grant() -> None:
        # A token opens no page, and a session opens nothing that is for programs.
        g.grant = bearer.grant_of_token() if bearer.is_api() else grant_of_session()


def grant_of_session() -> Grant | None:
    """The grant of the session's account, read anew for every request; None for a stranger."""
    if not current_user.is_authenticated or not current_user.active:
        return None
    return Grant(str(current_user.email), role_of(current_user), scope_of(current_user))
