"""A person's number replaced by a keyed pseudonym before anything is stored."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from surveillance.errors import ConfigurationError

_NO_KEY = "the file holds person numbers, and no key is set to replace them: set CHHLANG_SECRET_KEY"


def pseudonym(key: bytes, issuer: str, number: str) -> str:
    """HMAC-SHA256 of issuer and number together, as 32 hexadecimal digits.

    A number is a person only within its issuer, so the issuer is part of what is keyed. Lengths go first, so
    that no two pairs run together.
    """
    by, of = issuer.encode(), number.encode()
    message = len(by).to_bytes(4, "big") + by + len(of).to_bytes(4, "big") + of
    return hmac.digest(key, message, "sha256").hex()[:32]


def derive_key(secret: str) -> bytes:
    """The pseudonym key that belongs to a secret key, where none of its own is set."""
    return hmac.digest(secret.encode(), b"chhlang pseudonym key", sha256)


def key_check(key: bytes) -> str:
    """What is stored to notice another key: tells nothing of the key itself."""
    return hmac.digest(key, b"chhlang key check", sha256).hex()[:16]


def rekeyed(key: bytes, old: str) -> str:
    """A pseudonym under a further key: what becomes of a stored one when the key is changed."""
    return hmac.digest(key, b"chhlang rekeyed pseudonym:" + old.encode(), sha256).hex()[:32]


def issuer_mark(keys: Sequence[bytes], issuer: str) -> str:
    """Keyed token of an issuer, 32 hexadecimal digits: what a stored pseudonym's issuer is known by.

    `keys` from the oldest to the present one.
    """
    made = hmac.digest(keys[0], b"chhlang issuer:" + issuer.encode(), sha256).hex()[:32]
    for key in keys[1:]:
        made = rekeyed_issuer(key, made)
    return made


def rekeyed_issuer(key: bytes, old: str) -> str:
    """An issuer's token under a further key."""
    return hmac.digest(key, b"chhlang rekeyed issuer:" + old.encode(), sha256).hex()[:32]


class Pseudonymiser:
    """Gives pseudonyms under one key, over those that were valid before it; refuses where none is set.

    Parameters
    ----------
    key : bytes or None
        The present key.
    inner : sequence of bytes
        Keys that were valid before, from the oldest.
    """

    def __init__(self, key: bytes | None, inner: Sequence[bytes] = ()) -> None:
        self.key = key
        self._inner = tuple(inner)
        self._earlier: dict[str, tuple[str, ...]] | None = None

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Every key, from the oldest to the present one; none where none is set."""
        return () if self.key is None else (*self._inner, self.key)

    def __call__(self, issuer: str, number: str) -> str:
        """Pseudonym of a number at its issuer.

        Raises
        ------
        ConfigurationError
            No key is set.
        """
        if self.key is None:
            raise ConfigurationError(_NO_KEY)
        if not self._inner:
            return pseudonym(self.key, issuer, number)
        made = [pseudonym(self._inner[0], issuer, number)]
        for key in (*self._inner[1:], self.key):
            made.append(rekeyed(key, made[-1]))
        if self._earlier is not None:
            self._earlier[made[-1]] = tuple(made[:-1])
        return made[-1]

    def token_of_issuer(self, issuer: str) -> str:
        """Mark of who issues numbers.

        Raises
        ------
        ConfigurationError
            No key is set.
        """
        if self.key is None:
            raise ConfigurationError(_NO_KEY)
        return issuer_mark(self.keys, issuer)

    def remember_earlier(self) -> None:
        """From now on remember what a pseudonym was under the keys before, and forget what was remembered."""
        self._earlier = {}

    def earlier(self, person: str | None) -> tuple[str, ...]:
        """What a remembered pseudonym was under each of the keys before."""
        return () if self._earlier is None or person is None else self._earlier.get(person, ())
