"""Envelopes that a desk sealed: what they hold can be read by this server alone.

A desk seals each entry to the server's public key with a key of its own, which it forgets: an ephemeral
ECDH key on P-256, HKDF with SHA-256, AES-256-GCM. The server's key is derived from the secret key, so that
every process of the server has it, no file holds it, and no backup does. See decision 64.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dashboard.services import store
from dashboard.settings import Settings
from surveillance.errors import UsageError

#: Number of envelopes that one request may bring.
MOST = 200
#: A text is filled up to a multiple of so many bytes.
FILL = 512
#: Bytes of one envelope's content, sealed.
LARGEST = 16 * 1024
#: How deep the content of an entry may be nested, and how many values it may hold.
_DEEPEST, _MOST_VALUES = 4, 400
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DERIVE = b"chhlang desk: the key that entries are sealed to, 1"
_SEAL = b"chhlang desk: one entry, 1"
_POINT, _NONCE, _TAG = 65, 12, 16
_ID = re.compile(r"[0-9a-f]{32}")
_DEVICE = re.compile(r"[0-9a-f]{12}")
_KEY = re.compile(r"[0-9a-f]{16}")
_KEYS = frozenset("udkenc")


@dataclass(frozen=True)
class Envelope:
    """One sealed entry as it came: id of the entry, device, key it was sealed to, and the sealed content."""

    id: str
    device: str
    key: str
    point: bytes
    nonce: bytes
    content: bytes


class KeyPair:
    """The key that entries are sealed to, of one secret.

    Parameters
    ----------
    secret : str
        The secret key of the server.
    """

    def __init__(self, secret: str) -> None:
        drawn = HKDF(SHA256(), 48, salt=None, info=_DERIVE).derive(secret.encode())
        self._private = ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())
        #: The public key, uncompressed, and the name it goes by.
        self.public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        digest = Hash(SHA256())
        digest.update(self.public)
        self.name = digest.finalize().hex()[:16]

    def open(self, envelope: Envelope) -> bytes:
        """What an envelope holds.

        Raises
        ------
        ValueError
            It was not sealed to this key, or was changed since.
        """
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), envelope.point)
        shared = self._private.exchange(ec.ECDH(), other)
        key = HKDF(SHA256(), 32, salt=envelope.point + self.public, info=_SEAL).derive(shared)
        try:
            return AESGCM(key).decrypt(envelope.nonce, envelope.content, bound(envelope))
        except InvalidTag as error:
            raise ValueError("it does not open") from error


def bound(envelope: Envelope) -> bytes:
    """What is not secret of an envelope, and cannot be changed without its opening failing."""
    return f"1 {envelope.id} {envelope.device} {envelope.key}".encode()


@lru_cache(maxsize=8)
def _pair(secret: str) -> KeyPair:
    return KeyPair(secret)


def present(database: store.Database, settings: Settings) -> KeyPair:
    """The key that desks seal to now."""
    return _pair(store.secret_for_server(settings, store.is_demo(database)))


def held(database: store.Database, settings: Settings) -> dict[str, KeyPair]:
    """Every key that can be opened with, by name: the present one, and that of the secret before."""
    pairs = [present(database, settings)]
    pairs += [_pair(secret) for secret in store.possible_previous_secrets(settings, store.is_demo(database))]
    return {pair.name: pair for pair in pairs}


def read(text: str) -> list[Envelope | tuple[str, UsageError]]:
    """The envelopes of a request, in their order; beside each that cannot be read, its id and why.

    Raises
    ------
    UsageError
        It is no list of envelopes, or holds too many.
    """
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("what the desk sent cannot be read; load the page of the desk anew") from error
    if not isinstance(listed, list):
        raise UsageError("what the desk sent cannot be read; load the page of the desk anew")
    if len(listed) > MOST:
        raise UsageError(
            "the desk sent {count} entries at once; at most {most} are read", count=len(listed), most=MOST
        )
    return [_read(one) for one in listed]


def _read(one: Any) -> Envelope | tuple[str, UsageError]:
    named = one.get("u") if isinstance(one, dict) else None
    name = named if isinstance(named, str) and _ID.fullmatch(named) else ""
    if name and isinstance(one.get("c"), str) and len(one["c"]) > LARGEST * 4 // 3 + 4:
        return name, UsageError("an entry is larger than the server takes ({most} bytes)", most=LARGEST)
    parts = _parts(one) if name else None
    if parts is None:
        return name, UsageError("an entry is not sealed as this server asks; load the page of the desk anew")
    return Envelope(name, one["d"], one["k"], *parts)


def _parts(one: dict[str, Any]) -> tuple[bytes, bytes, bytes] | None:
    """Point, nonce and content of an envelope; None where it is not made as asked."""
    if set(one) != _KEYS or not all(isinstance(value, str) for value in one.values()):
        return None
    if not _DEVICE.fullmatch(one["d"]) or not _KEY.fullmatch(one["k"]):
        return None
    try:
        point, nonce, content = (base64.b64decode(one[part], validate=True) for part in "enc")
    except (ValueError, binascii.Error):
        return None
    fits = len(point) == _POINT and len(nonce) == _NONCE and len(content) > _TAG
    return (point, nonce, content) if fits else None


def opened(envelope: Envelope, pairs: Mapping[str, KeyPair]) -> dict[str, Any]:
    """The entry in an envelope.

    Raises
    ------
    UsageError
        It was sealed to a key that this server does not have, was changed, or holds no entry.
    """
    pair = pairs.get(envelope.key)
    if pair is None:
        raise UsageError(
            "an entry was sealed to a key that this server no longer has; the administrator can set "
            "CHHLANG_PREVIOUS_KEY to the secret key before, and the entry waits on the device until then"
        )
    try:
        content = pair.open(envelope)
    except ValueError as error:
        raise UsageError("an entry was damaged on its way or on the device, and cannot be opened") from error
    try:
        entry = json.loads(content, parse_constant=_no_number)
        whole = isinstance(entry, dict) and entry.get("id") == envelope.id and _bounded(entry)
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        raise UsageError("what an envelope holds is no entry; load the page of the desk anew")
    return dict(entry)


def _no_number(_: str) -> float:
    raise ValueError


def _bounded(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is neither too deep nor too wide, and its texts can be stored."""
    left = _MOST_VALUES
    waiting: list[tuple[int, Any]] = [(1, entry)]
    while waiting:
        depth, value = waiting.pop()
        left -= 1
        if left < 0 or depth > _DEEPEST + 1:
            return False
        if isinstance(value, dict):
            waiting += [(depth + 1, one) for one in value.values()]
            waiting += [(depth + 1, one) for one in value]
        elif isinstance(value, list):
            waiting += [(depth + 1, one) for one in value]
        elif not _storable(value):
            return False
    return True


def _storable(value: Any) -> bool:
    """Whether both databases can store a value: no NUL, no half of a letter, no number that is too large."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    return not isinstance(value, int | float) or abs(value) <= 2**53


def seal(identifier: str, text: bytes, device: str, pair: KeyPair, nonce: bytes) -> dict[str, str]:
    """Seal a text as the script of a desk does (assets/desk_store.js).

    The text is filled up with spaces, so that its length does not tell what it is.
    """
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), pair.public)
    key = HKDF(SHA256(), 32, salt=point + pair.public, info=_SEAL).derive(own.exchange(ec.ECDH(), other))
    empty = Envelope(identifier, device, pair.name, point, nonce, b"")
    filled = text.ljust(-(-len(text) // FILL) * FILL)
    parts: Sequence[bytes] = (point, nonce, AESGCM(key).encrypt(nonce, filled, bound(empty)))
    texts = (base64.b64encode(part).decode() for part in parts)
    return {"u": empty.id, "d": device, "k": pair.name} | dict(zip("enc", texts, strict=True))
