"""A person's number replaced by a keyed pseudonym before anything is stored."""

from __future__ import annotations

import hmac
from hashlib import sha256

from surveillance.errors import ConfigurationError


def pseudonym(key: bytes, issuer: str, number: str) -> str:
    """HMAC-SHA256 of issuer and number together, as 32 hexadecimal digits.

    A number is a person only within its issuer, so the issuer is part of what is keyed. Lengths go first, so
    that no two pairs run together.
    """
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (issuer.encode(), number.encode()))
    return hmac.digest(key, message, sha256).hex()[:32]


def derive_key(secret: str) -> bytes:
    """The pseudonym key that belongs to a secret key, where none of its own is set."""
    return hmac.digest(secret.encode(), b"chhlang pseudonym key", sha256)


def key_check(key: bytes) -> str:
    """What is stored to notice another key: tells nothing of the key itself."""
    return hmac.digest(key, b"chhlang key check", sha256).hex()[:16]


class Pseudonymiser:
    """Gives pseudonyms under one key; refuses where none is set."""

    def __init__(self, key: bytes | None) -> None:
        self.key = key

    def __call__(self, issuer: str, number: str) -> str:
        """Pseudonym of a number at its issuer.

        Raises
        ------
        ConfigurationError
            No key is set.
        """
        if self.key is None:
            raise ConfigurationError(
                "the file holds person numbers, and no key is set to replace them: set CHHLANG_SECRET_KEY"
            )
        return pseudonym(self.key, issuer, number)
