"""Entries of a reception centre, as devices send them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

#: When everything in the tests was received, unless they say otherwise.
NOW = datetime(2025, 6, 2, 3, 0, tzinfo=UTC)


def number(text: object) -> str:
    """The identifier that a device would make, from a word."""
    return hashlib.sha256(str(text).encode()).hexdigest()[:32]


def entry(kind: str = "arrival", subject: str = "one", *, van: str = "van", **more: Any) -> dict[str, Any]:
    """An entry; words stand for identifiers. `id`: by default of what it writes."""
    parts = {"item": "", "crossing": "TH01", "station": "desk", "made_at": "2025-06-01T05:00:00Z"}
    given = {name: more.pop(name, value) for name, value in parts.items()}
    identity = more.pop("id", None) or f"{kind} {subject} {given} {sorted(more.items())}"
    if kind == "referral":
        given["item"] = number(given["item"] or "referral")
    fields = more.pop("fields", more)
    return {
        "id": number(identity),
        "kind": kind,
        "subject": number(subject),
        "van": number(van) if van else "",
        "fields": fields,
        **given,
    }


def a_van(van: str = "van", **fields: Any) -> dict[str, Any]:
    """A van of Sunday 1 June 2025."""
    return entry("van", van, van=van, **{"arrived_at": "2025-06-01T12:00", "letter": "B"} | fields)
