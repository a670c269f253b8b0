"""The second factor: giving a code, and setting up an authenticator."""

from __future__ import annotations

import segno
from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.figures.tokens import TOKENS
from dashboard.services.signing_in import second_factor
from dashboard.web.access import public
from dashboard.web.signing_in import guessing, halfway
from dashboard.web.signing_in.halfway import Halfway
from dashboard.web.site import database

_LONGEST = 40

pages = Blueprint("codes", __name__)


@pages.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> Response:
    """Ask for a code of the authenticator, and sign in who gives it."""
    half = halfway.found()
    if half is None or half.secret:
        return redirect(url_for("security.login"))

    def look() -> Response:
        number, email = int(half.user.id), str(half.user.email)
        if not second_factor.use(database(), _key(), number, email, _given()):
            return _asked(wrong=True)
        halfway.finish(half)
        return redirect(half.back)

    if request.method == "GET":
        return _asked(wrong=False)
    answer: Response = guessing.tried(str(half.user.email), look, code=True)
    return answer


def _asked(*, wrong: bool) -> Response:
    return make_response(render_template("sign_in_code.html", wrong=wrong))


@pages.route("/sign-in/set-up", methods=["GET", "POST"])
@public
def set_up() -> Response:
    """Set up an authenticator; the recovery codes are on the answer, and nowhere else."""
    half = halfway.found()
    if half is None or not half.secret:
        return redirect(url_for("security.login"))

    def look() -> Response:
        number, email = int(half.user.id), str(half.user.email)
        codes = second_factor.confirm(database(), _key(), number, email, half.secret, _given())
        if not codes:
            return _to_be_scanned(half, wrong=True)
        halfway.finish(half)
        return make_response(render_template("recovery_codes.html", codes=codes, back=half.back))

    if request.method == "GET":
        return _to_be_scanned(half, wrong=False)
    answer: Response = guessing.tried(str(half.user.email), look, code=True)
    return answer


def _to_be_scanned(half: Halfway, *, wrong: bool) -> Response:
    shown = second_factor.set_up(_key(), half.secret, str(half.user.email))
    # In both looks dark on light: cameras read it so.
    picture = segno.make(shown.address, error="m", micro=False).svg_inline(
        border=3, omitsize=True, dark=TOKENS["ink"].light, light=TOKENS["card"].light
    )
    return make_response(
        render_template("sign_in_set_up.html", picture=Markup(picture), typed=shown.typed, wrong=wrong)  # noqa: S704 - of a library, from an address of ours
    )


def _given() -> str:
    return request.form.get("code", "")[:_LONGEST]


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])
