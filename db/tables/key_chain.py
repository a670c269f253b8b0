"""Keys that pseudonyms were made under before: sealed under the key that is valid now, and kept in `meta`.

A person's number is not stored, so another key can only be put over the pseudonyms that are. From then on a
number's pseudonym is that of the oldest key, under the next one, and so on: all of them are needed to make
it, and only the newest has to be kept by people. Sealed with Fernet of the package cryptography (decision
20).
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy.engine import Connection

from db.tables import meta
from surveillance.errors import ConfigurationError

#: The fact that holds the sealed keys.
SEALED_KEYS = "pseudonym_inner_keys"


def _sealing_key(outer: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(outer, b"chhlang sealed keys", sha256))


def seal(outer: bytes, inner: Sequence[bytes]) -> str:
    """Keys as a text that only the outer key opens."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - few databases have had another key

    said = json.dumps([key.hex() for key in inner]).encode()
    return Fernet(_sealing_key(outer)).encrypt(said).decode()


def unseal(outer: bytes, sealed: str) -> tuple[bytes, ...]:
    """The keys, from the oldest.

    Raises
    ------
    ConfigurationError
        They were sealed under another key.
    """
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415

    try:
        said = Fernet(_sealing_key(outer)).decrypt(sealed.encode())
    except InvalidToken as error:
        raise ConfigurationError(meta.OTHER_KEY) from error
    return tuple(bytes.fromhex(key) for key in json.loads(said))


def inner_keys(connection: Connection, outer: bytes) -> tuple[bytes, ...]:
    """Keys before the present one, from the oldest; none where there never was another.

    Raises
    ------
    ConfigurationError
        The present key is another.
    """
    sealed = meta.get(connection, SEALED_KEYS)
    return unseal(outer, sealed) if sealed else ()
