"""The session behind a cookie: begun at sign-in, and asked for at every request.

The cookie holds a key that is of no use once its session is over (dashboard.services.sessions): a copy of it
answers nothing after sign-out, closing, or a change of password, role or provinces.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, Response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_security import user_authenticated

from dashboard.services import sessions
from dashboard.services.reception import devices
from dashboard.web import own_device, site
from dashboard.web.on_this_machine import on_this_machine
from db.core.engine import Database
from db.operations.accounts import authority

_KEY = "chhlang-session"
#: Why the reader of this session reads records: asked once, and over with the session.
_REASON = "chhlang-reading-reason"


class _Sessions(SecureCookieSessionInterface):
    """Sessions in cookies, on which nothing depends that a browser keeps for a year."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the session; a file that a browser keeps is the same for every session.

        Without this each sign-in would bring all scripts anew.
        """
        super().save_session(app, session, response)
        if response.cache_control.immutable and "Set-Cookie" not in response.headers:
            response.vary.discard("cookie")  # in small letters: werkzeug finds no others


def set_up(server: Flask) -> None:
    """Hold a server's users to their sessions; after the library of sign-in was set up."""
    server.session_interface = _Sessions()
    manager: Any = server.login_manager  # type: ignore[attr-defined]
    of_library = manager._user_callback

    def load(identifier: str) -> Any:
        user = of_library(identifier)
        return user if user is not None and may_answer(user) and _lives(user) else None

    manager.user_loader(load)
    # Held by the server: the signal keeps no reference of its own.
    server.extensions["chhlang-sessions"] = _begin
    user_authenticated.connect(_begin, server)


def may_answer(user: Any) -> bool:
    """Whether an account may be used in this request: one of the demo on the machine itself alone."""
    return may_be_used(demo=user.demo)


def may_be_used(*, demo: bool) -> bool:
    """The same of an account that is of the demo or not.

    This is asked at each request: the demo may be made under a server that has long been running.
    """
    settings = site.settings()
    behind_a_proxy = settings.proxies > 0 or settings.https
    return not demo or (on_this_machine() and not behind_a_proxy)


def key() -> str:
    """The key of this request's session; empty without one."""
    return str(session.get(_KEY, ""))


def account_of(server: Flask, database: Database, cookie: str) -> str:
    """Whose session the cookies of a request hold, without asking the database: blank of a stranger.

    It says whose turn it is (dashboard.server.fair), and lets nobody in.
    """
    asking = server.request_class({"HTTP_COOKIE": cookie})
    try:
        held = server.session_interface.open_session(server, asking)
        return "" if held is None else sessions.account_of(database, str(held.get(_KEY, "")))
    except (OSError, ValueError):
        return ""


def _lives(user: Any) -> bool:
    lasting = own_device.marked_by(int(user.id)) or (
        own_device.is_desk()
        and devices.reopens(site.database(), request.cookies[own_device.DESK_COOKIE], key())
    )
    idle = None if lasting else timedelta(minutes=site.settings().idle_minutes)
    return sessions.living(site.database(), key(), int(user.id), authority(user), idle)


def _begin(server: Flask, user: Any, **_more: Any) -> None:
    """Begin a session for who has just signed in; where that fails, nobody has."""
    # A hash of an older kind was made anew while the password was read. It is written first: a transaction
    # that reads, and writes after another one has, is refused by SQLite.
    server.extensions["security"].datastore.commit()
    try:
        session[_KEY] = sessions.begin(
            site.database(), int(user.id), str(user.email), authority(user), request.remote_addr or ""
        )
    except BaseException:
        session.clear()
        raise


def reading_reason() -> str:
    """The reason of this session; blank where none was given."""
    held = session.get(_REASON)
    if isinstance(held, list) and len(held) == 2 and held[0] == _fingerprint():
        return str(held[1])
    return ""


def keep_reading_reason(reason: str) -> None:
    """Keep a reason until the session ends."""
    session[_REASON] = [_fingerprint(), reason]


def _fingerprint() -> str:
    return sha256(key().encode()).hexdigest()[:16]
