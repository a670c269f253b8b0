"""What surrounds a session: one's own, signing out, the language, and whether the server lives."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from dashboard.messages import LANGUAGES
from dashboard.services import sessions
from dashboard.web import own_device, request_context
from dashboard.web import sessions as web_sessions
from dashboard.web.access import public, signed_in
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings

_A_YEAR = 365 * 24 * 3600

pages = Blueprint("session", __name__)


@pages.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End every session of the account: their cookies, also copied ones, answer nothing any more."""
    sessions.sign_out(database(), web_sessions.key())
    logout_user()
    response = redirect(url_for("security.login"))
    own_device.delete_copies(response)
    return response


@pages.get("/sessions")
@signed_in
def own() -> str:
    """Where the reader's account is signed in."""
    return render_template(
        "sessions.html",
        sessions=sessions.own(database(), _account(), web_sessions.key()),
        idle=settings().idle_minutes,
        ended=request.args.get("ended") == "yes",
    )


@pages.post("/sessions/end")
@signed_in
def end_others() -> Response:
    """End every session of the account but this one."""
    sessions.end_own(database(), grant(), _account(), but=web_sessions.key())
    return redirect(url_for(".own", ended="yes"), 303)


@pages.post("/sessions/<session>/end")
@signed_in
def end_one(session: str) -> Response:
    """End another session of the account; one of others, and one that is over, changes nothing."""
    sessions.end_own(database(), grant(), _account(), but=web_sessions.key(), identifier=session)
    return redirect(url_for(".own", ended="yes"), 303)


def _account() -> int:
    return int(current_user.id)


@pages.get("/language/<code>")
@public
def language(code: str) -> Response:
    """Remember a language, and lead back to the page."""
    if code not in LANGUAGES:
        return abort(404)
    return _remembered(request_context.LANGUAGE_COOKIE, code)


@pages.get("/look/<code>")
@public
def look(code: str) -> Response:
    """Remember whether pages are light or dark, and lead back to the page."""
    if code not in request_context.LOOKS:
        return abort(404)
    return _remembered(request_context.LOOK_COOKIE, code)


def _remembered(cookie: str, value: str) -> Response:
    """The way back to the page, with a choice that the browser keeps for a year."""
    response = redirect(request_context.own_page(request.args.get("next", "/")))
    response.set_cookie(
        cookie,
        value,
        max_age=_A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


@pages.get("/healthz")
@public
def health() -> tuple[str, int]:
    """Say that the server lives."""
    return "ok", 200
