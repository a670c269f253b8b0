"""Reading one value: details, identifiers."""

from __future__ import annotations

import json
import unicodedata

from surveillance.line_list import DETAIL_ITEMS
from surveillance.vocabulary import normalise

_ITEM_VALUES = {
    item: {normalise(value): value for value in values} for item, (values, _) in DETAIL_ITEMS.items()
}
_ITEM_NAMES = {normalise(item): item for item in DETAIL_ITEMS}


def clean_text(text: str, length: int = 80) -> str:
    """Text without control characters or outer space, one form of each letter, cut to `length`."""
    if text.isascii() and text.isprintable():
        return text.strip()[:length]
    folded = unicodedata.normalize("NFC", text)
    kept = "".join(ch for ch in folded if unicodedata.category(ch) not in ("Cc", "Cf", "Cs"))
    return kept.strip()[:length]


def match_key(text: str) -> str:
    """Form under which two spellings of an identifier are one: no case, no space."""
    if text.isalnum() and text.isascii():  # as most are; the same, sooner
        return text[:80].lower()
    return "".join(clean_text(text).split()).casefold()[:80]


def parse_detail(text: str) -> tuple[str | None, int]:
    """Read `detail`: the items that the schema knows, as canonical JSON, and how many were left out.

    What is left out is not repeated: it is free text, and may be anything.

    >>> parse_detail("xray=abnormal; nickname=x")
    ('{"xray":"abnormal"}', 1)
    """
    kept: dict[str, str] = {}
    unread = 0
    for name, value in _items(text):
        item = _ITEM_NAMES.get(normalise(name), "")
        allowed = _ITEM_VALUES.get(item, {}).get(normalise(value))
        if allowed:
            kept[item] = allowed
        else:
            unread += 1
    return (json.dumps(kept, sort_keys=True, separators=(",", ":")) if kept else None), unread


def _items(text: str) -> list[tuple[str, str]]:
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            loaded = json.loads(stripped)
        except (ValueError, RecursionError):
            return [("", stripped)]
        return [(str(name), _scalar(value)) for name, value in loaded.items()]
    parts = (part.partition("=") for part in stripped.split(";") if part.strip())
    return [(name, value) for name, _, value in parts]


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
