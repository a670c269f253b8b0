"""Secrets of ways out and of channels: encrypted with a key that is derived from CHHLANG_SECRET_KEY."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashboard.permissions import Grant, Permission
from db.core.engine import Connection
from db.operations.messages import channels


def seal(key: str, text: str) -> str:
    """A text, sealed."""
    return _sealing(key).encrypt(text.encode()).decode()


def opened(key: str, sealed: str | None) -> str | None:
    """A sealed text; None where it was sealed under another key."""
    if not sealed:
        return None
    try:
        return _sealing(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def reseal(connection: Connection, grant: Grant, old: Sequence[str], new: str) -> int:
    """Seal anew what was under one of some old keys; how many. What none opens stays, and is typed again.

    Parameters
    ----------
    connection : Connection
        A transaction that writes operations; the caller tells the trail.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    """
    grant.check(Permission.MAINTAIN)
    done = 0
    for what, number, sealed in channels.sealed_texts(connection):
        if opened(new, sealed) is not None:
            continue
        text = next((found for key in old if (found := opened(key, sealed)) is not None), None)
        if text is not None:
            done += channels.reseal(connection, what, number, sealed, seal(new, text))
    return done


def _sealing(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"chhlang channels of messages").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
