"""The second factor: codes of an authenticator (TOTP, RFC 6238), recovery codes, and taking both away.

passlib, which Flask-Security brings, makes and compares the codes. Secrets are sealed with Fernet under a key
that is derived from CHHLANG_SECRET_KEY.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from passlib.exc import TokenError
from passlib.totp import TOTP

from dashboard.permissions import Grant, Permission
from dashboard.services import accounts as account_services
from db.core.engine import Connection, Database, together
from db.operations import accounts, audit
from db.operations.signing_in import second_factors
from surveillance.errors import UsageError

ISSUER = "Chhlang"
#: A code of the half minute before or after is taken too: clocks of telephones differ.
_WINDOW = 30
_RECOVERY_CODES = 10
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_now = time.time


@dataclass(frozen=True)
class SetUp:
    """What an authenticator is set up with: an address for its camera, and the same to be typed."""

    address: str
    typed: str


def is_required(role: str, roles: tuple[str, ...], *, demo: bool) -> bool:
    """Whether an account of a role must have a second factor; accounts of the demo never."""
    return not demo and role in roles


def has_one(database: Database, account: int) -> bool:
    """Whether an account has set up an authenticator."""
    return second_factors.has_one(database, account)


def new_secret(key: str) -> str:
    """A secret that nobody has yet, sealed."""
    return _sealing(key).encrypt(secrets.token_bytes(20)).decode()


def set_up(key: str, sealed: str, email: str) -> SetUp:
    """What an authenticator is set up with.

    Raises
    ------
    UsageError
        The secret was sealed under another key.
    """
    totp = _totp(key, sealed)
    if totp is None:
        raise UsageError("this page is too old; sign in again")
    return SetUp(totp.to_uri(label=email.replace(":", ""), issuer=ISSUER), totp.pretty_key(sep=" "))


def confirm(database: Database, key: str, account: int, email: str, sealed: str, code: str) -> list[str]:
    """Keep an authenticator, once a code of it is right.

    Returns
    -------
    list of str
        The recovery codes, which are stored nowhere and shown once; none where the code is wrong, or another
        authenticator was set up meanwhile.
    """
    counter = _counter(key, code, sealed)
    if counter is None:
        return []
    codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
    hashes = [_hash(one) for one in codes]
    with together(database.operations):
        if not second_factors.add(database, account, sealed, counter, hashes):
            return []
        audit.record(database, email, "second factor set up", {"recovery codes": len(codes)})
    return codes


def use(database: Database, key: str, account: int, email: str, code: str) -> bool:
    """Use a code of the authenticator, or a recovery code; whether it was right. None is taken twice."""
    if second_factors.use_code(database, account, partial(_counter, key, code)):
        return True
    if len(_plain(code)) != len(_plain(_recovery_code())):
        return False
    with together(database.operations):
        if not second_factors.use_recovery_code(database, account, _hash(code)):
            return False
        left = second_factors.recovery_codes_left(database, account)
        audit.record(database, email, "recovery code used", {"left": left})
    return True


def reset(database: Database, grant: Grant, email: str) -> bool:
    """Take an account's second factor away, and end its sessions; whether it had one.

    Where its role must have one, it sets up another at the next sign-in.

    Raises
    ------
    UsageError
        There is no such account.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    number = accounts.known(database, email).number
    with together(database.operations):
        had = second_factors.remove(database, number)
        audit.record(database, grant.actor, "second factor removed", {"email": email})
    account_services.end_sessions(database, grant, email)
    return had


def unreadable(database: Database, grant: Grant, keys: Sequence[str]) -> list[str]:
    """Accounts whose authenticators are sealed under none of some secret keys; they must set up others.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    """
    grant.check(Permission.MAINTAIN)
    with database.operations.connect() as connection:
        held = second_factors.sealed_secrets(connection)
    lost = {account for account, sealed in held.items() if all(_opened(key, sealed) is None for key in keys)}
    return sorted(accounts.names(database, lost).values())


def unread(database: Database, key: str) -> int:
    """How many authenticators are sealed under another secret key; names nobody."""
    with database.operations.connect() as connection:
        held = second_factors.sealed_secrets(connection)
    sealing = _sealing(key)
    return sum(_unsealed(sealing, sealed) is None for sealed in held.values())


def reseal(connection: Connection, grant: Grant, old: Sequence[str], new: str) -> int:
    """Seal authenticators under another secret key; how many were under one of the old ones.

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
    for account, sealed in second_factors.sealed_secrets(connection).items():
        if _opened(new, sealed) is not None:
            continue
        secret = next((found for key in old if (found := _opened(key, sealed)) is not None), None)
        if secret is not None:
            again = _sealing(new).encrypt(secret).decode()
            done += second_factors.reseal(connection, account, sealed, again)
    return done


def _counter(key: str, code: str, sealed: str) -> int | None:
    """The counter of a code under a sealed secret; None where it is none of it."""
    totp = _totp(key, sealed)
    digits = "".join(code.split())
    if totp is None or not (digits.isascii() and digits.isdigit() and len(digits) == totp.digits):
        return None
    try:
        return int(totp.match(digits, time=_now(), window=_WINDOW).counter)
    except TokenError:
        return None


def _totp(key: str, sealed: str) -> TOTP | None:
    secret = _opened(key, sealed)
    return None if secret is None else TOTP(key=secret, format="raw")


def _opened(key: str, sealed: str) -> bytes | None:
    """A secret; None where it was sealed under another key."""
    return _unsealed(_sealing(key), sealed)


def _unsealed(sealing: Fernet, sealed: str) -> bytes | None:
    try:
        return sealing.decrypt(sealed.encode())
    except InvalidToken:
        return None


def _sealing(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"chhlang second factors").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _recovery_code() -> str:
    """Eighty bits, in four groups that can be copied by hand."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())


def _hash(code: str) -> str:
    return sha256(_plain(code).encode()).hexdigest()
