"""Why the reader of this session reads records: asked once, kept with the session, and over with it."""

from __future__ import annotations

from hashlib import sha256

from flask import session

from dashboard.web import sessions

_KEY = "chhlang-reading-reason"


def current() -> str:
    """The reason of this session; blank where none was given."""
    held = session.get(_KEY)
    if isinstance(held, list) and len(held) == 2 and held[0] == _session():
        return str(held[1])
    return ""


def keep(reason: str) -> None:
    """Keep a reason until the session ends."""
    session[_KEY] = [_session(), reason]


def _session() -> str:
    return sha256(sessions.key().encode()).hexdigest()[:16]
