"""Between the password and the code: who has shown the one and owes the other.

The session's cookie, which is signed, says so for ten minutes. It names what the account may do, so that it
is void once that changes; nobody is signed in by it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, session, url_for
from flask_security.utils import login_user

from dashboard.services.signing_in import second_factor
from dashboard.web import request_context, site
from db.operations.accounts import authority, role_of

_KEY = "chhlang-half"
_LASTS = 600.0


@dataclass(frozen=True)
class Halfway:
    """Who owes a code. `back`: the page to go on to; `own`: whether the device is to be marked as theirs."""

    user: Any
    back: str
    own: bool
    secret: str


def enter(user: Any, back: str, *, own: bool = False, strong: bool = False) -> str | None:
    """Where somebody goes who has shown who she is: to the code that she owes; None where she owes none.

    Parameters
    ----------
    strong : bool, default False
        Whether a provider of identities has asked her for a second factor already.
    """
    settings, number = site.settings(), int(user.id)
    has_one = not user.demo and second_factor.has_one(site.database(), number)
    required = second_factor.is_required(role_of(user), settings.totp_roles, demo=bool(user.demo))
    if strong or not (has_one or required):
        return None
    session[_KEY] = {
        "account": number,
        "authority": authority(user).hex(),
        "until": time.time() + _LASTS,
        "back": request_context.own_page(back),
        "own": own,
        "secret": "" if has_one else second_factor.new_secret(str(current_app.config["SECRET_KEY"])),
    }
    return url_for("codes.code" if has_one else "codes.set_up")


def found() -> Halfway | None:
    """Who owes a code in this session; None where nobody does, any more."""
    held = session.get(_KEY)
    if not isinstance(held, dict) or held.get("until", 0) < time.time():
        return None
    user = user_of(held["account"])
    if user is None or not user.active or authority(user).hex() != held["authority"]:
        return None
    return Halfway(user, held["back"], held["own"], held["secret"])


def finish(half: Halfway) -> None:
    """Sign somebody in who has shown what she owed."""
    session.pop(_KEY, None)
    g.marks_own_device = half.own
    login_user(half.user, authn_via=["password", "authenticator"])


def user_of(number: int) -> Any:
    """The account with a number, as the library of sign-in knows it."""
    return current_app.extensions["security"].datastore.find_user(id=number)
