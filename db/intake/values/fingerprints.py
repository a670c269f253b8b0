"""What tells one record from another: fingerprints, the same whichever process makes them."""

from __future__ import annotations

from hashlib import blake2b

from db.intake.values.codes import identifier

#: A sender's number is compared whole; the part that is stored for reading is shorter.
WHOLE, STORED = 2_000, 80


def fingerprint(text: str) -> bytes:
    """Sixteen bytes that stand for a text."""
    return blake2b(text.encode(), digest_size=16).digest()


def own_number(text: str) -> str | None:
    """The sender's number of a record, whole; None if absent, a word says so, or it is damaged."""
    return identifier(text, WHOLE)


def identity_of_number(source: str, facility_key: str, number: str) -> bytes:
    """Identity of a record that its sender numbers."""
    return fingerprint(f"{source}\x1f{facility_key}\x1fid\x1f{number}")


def identity_of_row(source: str, facility_key: str, text: str) -> bytes:
    """Identity of a record without a number: what its row says; equal rows get an occurrence beside it."""
    return fingerprint(f"{source}\x1f{facility_key}\x1f{text}")
