"""Tokens of texts that stand where a place should: the same text is found again, and not kept.

A column that has shifted brings a person's name where a place should be, so what is stored is a keyed token.
Stored tables call it `mark`.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from hashlib import sha256

from db.intake.values import earlier_forms
from db.intake.values.codes import clean_text
from surveillance.vocabulary import normalise


def _derived(key: bytes) -> bytes:
    """A key for tokens, of that of the pseudonyms, so that the one says nothing of the other."""
    return hmac.digest(key, b"chhlang place text key", sha256)


def place_mark(key: bytes, text: str) -> str:
    """HMAC-SHA256 of a place's text, 32 hexadecimal digits; case, hyphens and spaces make no difference."""
    return _token(key, normalise(clean_text(text, 2_000)))


def _token(key: bytes, form: str) -> str:
    return hmac.digest(_derived(key), form.encode(), sha256).hex()[:32]


def rekeyed_token(key: bytes, old: str) -> str:
    """A token under a further key: what becomes of a stored one when the key is changed."""
    return hmac.digest(_derived(key), b"chhlang rekeyed mark:" + old.encode(), sha256).hex()[:32]


class PlaceTokens:
    """Make tokens of texts under the keys of the pseudonyms, and knows which of them a user has resolved.

    Without a key there are no tokens: rows are then accepted under unknown, and nothing leads back to them.

    Parameters
    ----------
    keys : sequence of bytes
        From the oldest to the present one.
    resolved
        Field and token of each text that was resolved.
    known
        Every token that the database holds: one that was made of a text as it was compared before stays.
    """

    def __init__(
        self,
        keys: Sequence[bytes] = (),
        resolved: Collection[tuple[str, str]] = (),
        known: Collection[str] = (),
    ) -> None:
        self._keys = tuple(keys)
        self._known = frozenset(known)
        self._resolved = frozenset(resolved)
        self._earlier: dict[str, tuple[str, ...]] = {}

    def __call__(self, text: str) -> str | None:
        """Mark of a text."""
        if not self._keys:
            return None
        clean = clean_text(text, 2_000)
        now, then = normalise(clean), earlier_forms.normalise(clean)
        made = self._chain(now)
        if then != now and made[-1] not in self._known:
            before = self._chain(then)
            made = before if before[-1] in self._known else made
        if len(made) > 1:
            self._earlier[made[-1]] = tuple(made[:-1])
        return made[-1]

    def _chain(self, form: str) -> list[str]:
        """The token under each key in turn."""
        made = [_token(self._keys[0], form)]
        for key in self._keys[1:]:
            made.append(rekeyed_token(key, made[-1]))
        return made

    def earlier(self, mark: str) -> tuple[str, ...]:
        """What a token that was made here was under each of the keys before."""
        return self._earlier.get(mark, ())

    def is_resolved(self, field: str, mark: str | None) -> bool:
        """Whether rows with this token are placed as they are imported."""
        return mark is not None and (field, mark) in self._resolved
