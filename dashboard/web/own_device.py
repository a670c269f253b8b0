"""Copies of pages for a device without a connection: who has marked it, what may be copied, what deletes it.

A copy is what a viewer of the account's provinces is shown: whatever the account may see beside that stays on
the server. The worker of the browser (assets/worker.js) asks for it with a header, keeps it, and shows it.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus

from flask import Flask, abort, current_app, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

from dashboard.permissions import Grant
from dashboard.web import request_context, site

#: Says whose the device is, as a fingerprint of the account.
COOKIE = "chhlang-own-device"
#: Of a desk of a reception centre (dashboard/web/reception/desk_device.py), which several people use.
DESK_COOKIE = "chhlang-desk"
A_YEAR = 365 * 24 * 3600
#: A request with this header asks for a copy.
ASKS = "X-Chhlang-Keep"
#: On an answer to the account that has marked the device: whose copies may lie there.
KEEPER = "X-Chhlang-Keeper"
#: On a copy: for how many seconds it may be shown.
LASTS = "X-Chhlang-Lasts"
#: The only pages that are copied. No record, cluster, file, decision or account is on them.
COPIED = frozenset(
    {
        "today.first",
        "today.explorer",
        "place_pages.province",
        "place_pages.district",
        "place_pages.crossing",
        "place_pages.facility",
    }
)
_SIGN_IN = "security.login"


def set_up(server: Flask) -> None:
    """Add copies to a server; after its gate, which keeps strangers out."""

    @server.before_request
    def narrow() -> None:
        if ASKS not in request.headers:
            return
        if request.method != "GET" or request.endpoint not in COPIED or not marked():
            abort(403)
        g.keeper = keeper()
        g.kept = True
        g.grant = request_context.grant().on_device()

    @server.context_processor
    def at_sign_in() -> dict[str, bool]:
        return {"may_mark_device": request.endpoint == _SIGN_IN and secure() and not is_desk()}

    @server.after_request
    def headers(response: Response) -> Response:
        if marked():
            response.headers[KEEPER] = g.get("keeper") or keeper()
            if request_context.kept():
                response.headers[LASTS] = str(int(current_app.permanent_session_lifetime.total_seconds()))
        elif _marks(response):
            set_mark(response)
        elif COOKIE in request.cookies and request.endpoint == _SIGN_IN:
            delete_copies(response)  # nobody is signed in, or another account is by now
        return response


def secure() -> bool:
    """Whether browsers reach this server by HTTPS or on the machine itself: elsewhere they keep no copies."""
    if request.is_secure or site.settings().https:
        return True
    parts = request_context.address(f"//{request.host}")
    name = (parts.hostname or "").lower() if parts else ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def marked() -> bool:
    """Whether the account of this session has marked this device as its own."""
    if g.get("grant") is None or not current_user.is_authenticated:
        return False
    return marked_by(int(current_user.id))


def marked_by(account: int) -> bool:
    """Whether an account has marked this device as its own."""
    return secure() and hmac.compare_digest(
        request.cookies.get(COOKIE, "").encode(), _fingerprint("device", str(account)).encode()
    )


def _marks(response: Response) -> bool:
    """Whether somebody has just signed in, and said that the device is theirs."""
    asked = bool(g.get("marks_own_device")) or (
        request.endpoint == _SIGN_IN
        and request.method == "POST"
        and response.status_code == HTTPStatus.FOUND
        and request.form.get("own") == "yes"
    )
    # Who asks is looked up last: an answer that says that the database is away must not need it.
    return asked and secure() and not is_desk() and current_user.is_authenticated


def is_desk() -> bool:
    """Whether the device may hold sealed entries of a desk."""
    return DESK_COOKIE in request.cookies


def set_mark(response: Response) -> None:
    """Mark the device as that of the account of this session; nothing stays of before."""
    delete_copies(response)
    response.set_cookie(
        COOKIE,
        mark(),
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
    )


def mark() -> str:
    """What the cookie of a device says of the account."""
    return _fingerprint("device", str(current_user.id))


def keeper() -> str:
    """Under what copies of the account are kept: another one where its role or its provinces change."""
    grant: Grant = request_context.grant()
    return _fingerprint("copies", str(current_user.id), grant.role, grant.scope.text or "all")


def delete_copies(response: Response) -> None:
    """Tell the browser to delete what it keeps of this site, and its worker; cookies stay.

    A desk keeps no copies, and what it has sealed and not sent must stay.
    """
    if secure() and not is_desk():
        response.headers["Clear-Site-Data"] = '"storage"'


def for_pages() -> Mapping[str, str] | None:
    """What a page tells its script: whose copies, and whether this page is copied; None without a mark."""
    if not marked() or request_context.kept():
        return None
    return {"keeper": keeper(), "copied": "yes" if request.endpoint in COPIED else ""}


def _fingerprint(*parts: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, "\n".join(parts).encode(), sha256).hexdigest()[:32]
