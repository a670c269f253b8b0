"""Tries at sign-in as a request brings them: from where they come, and the answer while none is taken."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from typing import Any

from flask import Flask, current_app, g, make_response, render_template, request
from flask_login import current_user
from flask_security import user_authenticated
from werkzeug.wrappers import Response

from dashboard.messages import translator
from dashboard.services import store
from dashboard.services.signing_in import guesses
from dashboard.services.signing_in.guesses import Place, Try
from dashboard.web import request_context, site

#: The mark of a device from where somebody has signed in. It opens nothing: whoever brings it is not kept
#: waiting for the guesses of others.
COOKIE = "chhlang-known"
_PATH = "/sign-in"
_HALF_A_YEAR = 180 * 24 * 3600
#: Switches the delays of a server off, in tests of other things.
OFF = "NO_DELAYS_AT_SIGN_IN"


def set_up(server: Flask) -> None:
    """Note from where people sign in to a server."""
    server.extensions["chhlang-guesses"] = _remember  # held: the signal keeps no reference of its own
    user_authenticated.connect(_remember, server)

    @server.after_request
    def mark(response: Response) -> Response:
        """Last of all: what the library of sign-in writes about the account is written by then."""
        account = g.pop("signed_in_now", None)
        if account is None:
            return response
        try:
            device = guesses.remember(site.database(), account, place())
        except Exception as error:
            if store.refusal(error) is None:
                raise
            return response  # whoever is signed in stays so; the place is not known, that is all
        response.set_cookie(
            COOKIE,
            device,
            max_age=_HALF_A_YEAR,
            path=_PATH,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def place() -> Place:
    """From where this request comes."""
    return Place(request.remote_addr or "", request.cookies.get(COOKIE, ""))


def arrived() -> Try | Response:
    """Count who comes from a provider of identities; or the answer while nobody is taken from there."""
    if current_app.config.get(OFF):
        return guesses.uncounted(site.database(), "", place())
    begun = guesses.arrive(site.database(), place())
    return begun if isinstance(begun, Try) else too_soon(begun)


def tried(email: str, look: Callable[[], Any], *, code: bool = False) -> Any:
    """The answer to a try at an account; one that is right leads on to a page, by a redirection.

    Parameters
    ----------
    email : str
        The account, as it was typed.
    look : callable
        Looks whether the try is right, and answers; not called while no try is taken.
    code : bool, default False
        Whether it is one at the second factor.
    """
    database = site.database()
    begun: Try | float
    if current_app.config.get(OFF):
        begun = guesses.uncounted(database, email, place())
    else:
        begun = guesses.begin(database, email, place(), code=code)
    if not isinstance(begun, Try):
        return too_soon(begun)
    answer = make_response(look())
    if answer.status_code == HTTPStatus.FOUND or g.get("signed_in_now"):
        guesses.passed(database, begun)
    else:
        guesses.failed(database, begun, "code" if code else "password")
    return answer


def limited(view: Callable[..., Any]) -> Callable[..., Any]:
    """The library's sign-in, whose tries are counted."""

    def counted(**values: Any) -> Any:
        if request.method != "POST" or current_user.is_authenticated:
            return view(**values)
        return tried(_as_looked_up(request.form.get("email", "")), lambda: view(**values))

    return counted


def _as_looked_up(email: str) -> str:
    """An address as the library looks for its account: one may be written in many ways."""
    try:
        return str(current_app.extensions["security"].mail_util.normalize(email))
    except ValueError:
        return email


def too_soon(seconds: float) -> Response:
    """The answer while no try is taken."""
    t = translator(request_context.language())
    wait = max(1, ceil(seconds))
    said = (
        t("Too many wrong tries. The next one is taken in {n} seconds.").format(n=wait)
        if wait < 120
        else t("Too many wrong tries. The next one is taken in {n} minutes.").format(n=ceil(wait / 60))
    )
    answer = make_response(render_template("too_soon.html", said=said), HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _remember(_server: Flask, user: Any, **_more: Any) -> None:
    g.signed_in_now = int(user.id)
