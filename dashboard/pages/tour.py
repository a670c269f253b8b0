"""The tour of a first visit: five sentences, one after another, on the first page; plain forms, no script.

It waits at the top of the page, covers nothing, and is gone for good when it is ended or waved away. The
browser keeps how far a reader came, for each account.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from dashboard.messages import Translate
from dashboard.web import request_context
from dashboard.web.access import signed_in
from surveillance.texts import N_

pages = Blueprint("tour", __name__)
_COOKIE = "chhlang-tour"
_OVER = "over"
_A_YEAR = 365 * 24 * 3600
#: What each step says, and the part of the page that it is of.
STEPS: tuple[tuple[str, str], ...] = (
    (N_("This line names what presses most. It leads to the numbers behind it."), "morning"),
    (N_("The map shows every province. Choose one to open the map with all its questions."), "map"),
    (N_("Worth a look: what changed more than chance explains, and who has not reported."), "look"),
    (N_("Search for a province, district, crossing or facility: each has a page of its own."), "q"),
    (N_("Every page can be taken away as a picture or a table. At its end stand its words."), "take"),
)


@dataclass(frozen=True)
class Step:
    """Where a reader stands: 0 before the first step. `text` blank: the tour is only offered."""

    number: int
    of: int
    text: str = ""
    place: str = ""

    @property
    def last(self) -> bool:
        """Whether no step follows."""
        return self.number == self.of


def step_of_reader(t: Translate) -> Step | None:
    """The step to show; None where the tour is over, and on copies."""
    if request_context.kept() or not current_user.is_authenticated:
        return None
    account, _, came = request.cookies.get(_COOKIE, "").partition(".")
    if account != _account():
        came = "0"
    if came not in {str(number) for number in range(len(STEPS) + 1)}:
        return None
    number = int(came)
    if not number:
        return Step(0, len(STEPS))
    text, place = STEPS[number - 1]
    return Step(number, len(STEPS), t(text), place)


@pages.post("/tour")
@signed_in
def go() -> Response:
    """Go to a step, or end the tour."""
    asked = request.form.get("step", "")
    known = {str(number): place for number, (_, place) in enumerate(STEPS, 1)}
    if asked != _OVER and asked not in known:
        return abort(400)
    response = redirect(url_for("today.first"), 303)
    response.set_cookie(
        _COOKIE,
        f"{_account()}.{asked}",
        max_age=_A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def _account() -> str:
    """A fingerprint of the account: the next reader of this browser has a tour of her own."""
    return sha256(f"tour {current_user.id}".encode()).hexdigest()[:8]
