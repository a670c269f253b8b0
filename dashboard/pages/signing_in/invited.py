"""The page behind a one-time link: the invited person sets her password."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_login import logout_user
from flask_security.utils import login_user
from werkzeug.wrappers import Response

from dashboard.messages import translator
from dashboard.secret_strength import SHORTEST_PASSWORD
from dashboard.services.signing_in import links
from dashboard.web import request_context
from dashboard.web.access import public
from dashboard.web.signing_in import halfway
from dashboard.web.site import database
from surveillance.errors import UsageError

_LONGEST = 500

pages = Blueprint("invited", __name__)


@pages.route(links.PATH + "<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Response:
    """Ask for a password, and set it. Only that uses the link: programs that look at links do not."""
    email = links.email_of(database(), token)
    if email is None:
        return make_response(render_template("invitation.html", email=None), 404)
    if request.method == "GET":
        return _asked(token, email)
    t = translator(request_context.language())
    password = request.form.get("password", "")[:_LONGEST]
    if password != request.form.get("again", ""):
        return _asked(token, email, t("The two passwords are not the same."))
    try:
        number = links.use(database(), token, password)
    except UsageError as error:
        return _asked(token, email, error.in_words(t))
    logout_user()  # somebody else may be signed in here
    user = halfway.user_of(number)
    leads = halfway.enter(user, url_for("today.first"))
    if leads is None:
        login_user(user, authn_via=["password"])
    return redirect(leads or url_for("today.first"), 303)


def _asked(token: str, email: str, wrong: str = "") -> Response:
    page = render_template(
        "invitation.html", token=token, email=email, wrong=wrong, shortest=SHORTEST_PASSWORD
    )
    return make_response(page, 400 if wrong else 200)
