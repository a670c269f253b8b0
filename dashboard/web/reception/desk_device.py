"""A device that is a desk: its cookie, and what holds on it. See decision 64.

On it nothing is deleted at sign-out but copies of pages, a session is not ended for being unused while its
PIN can reopen it, and a session that waits for its PIN answers nothing else.
"""

from __future__ import annotations

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from dashboard.services.reception import devices
from dashboard.services.reception.devices import Device
from dashboard.web import own_device, security, site
from dashboard.web import sessions as web_sessions

COOKIE = own_device.DESK_COOKIE
#: On the page of the desk: the worker keeps it on this device.
KEEPS = "X-Chhlang-Desk"
#: What a session that waits for its PIN may still call.
_OPEN = frozenset({"desk.unlock", "desk.page", "session.sign_out", "session.language", "session.look"})
_LOCKED = 423
#: In the session's cookie, which is signed: that it has a PIN.
_PIN = "chhlang-desk-pin"


def set_up(server: Flask) -> None:
    """Hold sessions on desks to their PIN; after the gate."""

    @server.before_request
    def locked() -> Response | tuple[str, int] | None:
        if g.get("grant") is None or request.endpoint in _OPEN:
            return None
        if COOKIE not in request.cookies and not session.get(_PIN):
            return None  # a session with a PIN stays locked where the cookie of the device is taken away
        if request.path.startswith("/assets/") or not devices.is_locked(site.database(), web_sessions.key()):
            return None
        if request.method == "GET" and security.is_page(request.path) and request.endpoint != "desk.state":
            return redirect(url_for("desk.page"))
        return "", _LOCKED


def found() -> Device | None:
    """The device of this request, also a revoked one; None where it is no desk."""
    if "desk_device" not in g:
        g.desk_device = devices.of_cookie(site.database(), request.cookies.get(COOKIE, ""))
    device: Device | None = g.desk_device
    return device


def used() -> Device:
    """The device of this request, which is noted as used by its account; 410 where it is none or revoked."""
    device = found()
    if device is None or device.revoked_at:
        return abort(410)
    devices.use(site.database(), g.grant, device, web_sessions.key())
    return device


def has_pin() -> None:
    """Keep with the session that it has a PIN."""
    session[_PIN] = True


def mark(response: Response, value: str) -> None:
    """Make the device a desk: copies of pages that it kept for one person are deleted."""
    if own_device.COOKIE in request.cookies:
        own_device.delete_copies(response)
        response.delete_cookie(own_device.COOKIE)
    response.set_cookie(
        COOKIE,
        value,
        max_age=own_device.A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
    )
