"""Texts of places that nobody knows, as keyed marks: a text may be a name, and is not kept for each row."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from hashlib import sha256

from db.intake.values import clean_text
from surveillance.vocabulary import normalise


def place_mark(key: bytes, text: str) -> str:
    """HMAC-SHA256 of a place's text, 32 hexadecimal digits; case, hyphens and spaces make no difference.

    The key is derived from that of the pseudonyms, so that the one says nothing of the other.
    """
    derived = hmac.digest(key, b"chhlang place text key", sha256)
    return hmac.digest(derived, normalise(clean_text(text, 2_000)).encode(), sha256).hex()[:32]


class PlaceMarker:
    """Marks texts under one key, and knows which of them somebody has resolved.

    Without a key there are no marks: rows are then accepted under unknown, and nothing leads back to them.
    """

    def __init__(self, key: bytes | None, resolved: Collection[tuple[str, str]] = ()) -> None:
        self._key = key
        self._resolved = frozenset(resolved)

    def __call__(self, text: str) -> str | None:
        """Mark of a text."""
        return None if self._key is None else place_mark(self._key, text)

    def is_resolved(self, field: str, mark: str | None) -> bool:
        """Whether rows with this mark are placed as they are imported."""
        return mark is not None and (field, mark) in self._resolved
