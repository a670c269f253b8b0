"""Devices of a reception centre: added, used, revoked when lost, and reopened by a PIN.

A device is known by a cookie that only it has. It alone keeps sealed entries past a sign-out, and opens the
page of the desk without a connection. Nothing is taken from a device that was revoked.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from dashboard.permissions import Grant, Permission
from dashboard.services import sessions
from db.core.engine import Database
from db.operations import desk_devices as stored
from db.operations.desk_devices import Device
from geodata.crossings import CROSSINGS
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import one_line

#: Characters of a device's name; wrong PINs after which its session ends.
LONGEST, TRIES = 60, 5
#: Minutes unused after which a session with a PIN waits for it.
LOCKED_AFTER = 10
_PIN = re.compile(r"[0-9]{4,8}")
#: Argon2 with less work than a password: five tries are all there are.
_HASHER = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)


@dataclass(frozen=True)
class DeviceFacts:
    """A device as its page shows it."""

    id: str
    name: str
    number: int
    crossing: str
    made_at: str
    made_by: str
    seen_at: str
    seen_by: str
    revoked_at: str
    revoked_by: str


def crossings(grant: Grant) -> list[str]:
    """Crossings at which an account may enter: those of its scope, or of its provinces."""
    scope = grant.scope
    return [
        code
        for code, gate in CROSSINGS.items()
        if scope.national or code in scope.crossings or (gate.pcode or "") in (scope.provinces or ())
    ]


def add(database: Database, grant: Grant, name: str, crossing: str) -> str:
    """Make a device a desk; what its cookie holds.

    Raises
    ------
    UsageError
        It has no name, or the crossing is not one of the account's.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    said = one_line(name)
    if not said or len(said) > LONGEST:
        raise UsageError("give the device a name of at most {most} characters", most=LONGEST)
    if crossing not in crossings(grant):
        raise UsageError("choose one of your crossings")
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(24)
    stored.add(
        database,
        grant.actor,
        identifier=identifier,
        name=said,
        crossing=crossing,
        token_hash=_print(secret),
    )
    return f"{identifier}.{secret}"


def of_cookie(database: Database, cookie: str) -> Device | None:
    """The device that a cookie is of, also a revoked one."""
    identifier, _, secret = cookie.partition(".")
    if not re.fullmatch("[0-9a-f]{12}", identifier) or not secret or len(secret) > 64:
        return None
    device = stored.found(database, identifier)
    if device is None or not hmac.compare_digest(device.token_hash, _print(secret)):
        return None
    return device


def use(database: Database, grant: Grant, device: Device, key: str) -> None:
    """Note that an account uses a device, by the key of its session."""
    held = sessions.file_of(database).find(key)
    if held is not None:
        stored.seen(database, device, grant.actor, held.id)


def listed(database: Database, grant: Grant) -> list[DeviceFacts]:
    """The devices of the account's crossings."""
    grant.check(Permission.RECEIVE_ARRIVALS)
    found = stored.listed(database, None if grant.scope.national else crossings(grant))
    return [
        DeviceFacts(
            one.id,
            one.name,
            one.number,
            one.crossing,
            one.made_at,
            one.made_by,
            one.seen_at or "",
            one.seen_by or "",
            one.revoked_at or "",
            one.revoked_by or "",
        )
        for one in found
    ]


def revoke(database: Database, grant: Grant, identifier: str) -> None:
    """Take nothing from a lost device any more, and end the sessions that were used on it.

    Raises
    ------
    UsageError
        There is no such device at the account's crossings.
    """
    device = _own(database, grant, identifier)
    stored.revoke(database, grant.actor, device)
    known = set(device.sessions.split())
    held = sessions.file_of(database)
    for one in held.living():
        if one.id in known:
            held.end(one, sessions.BY_OTHERS)
    sessions.tell(database)


def allow(database: Database, grant: Grant, identifier: str) -> None:
    """Take again what a device sends that was found.

    Raises
    ------
    UsageError
        There is no such device at the account's crossings.
    """
    stored.allow(database, grant.actor, _own(database, grant, identifier))


def taken_from(database: Database, grant: Grant, identifier: str) -> Device:
    """The device that an entry was sealed on, where entries of it are taken.

    Raises
    ------
    UsageError
        It is not known, was revoked, or is of another crossing than the account's.
    """
    device = stored.found(database, identifier)
    if device is None or not (grant.scope.national or device.crossing in crossings(grant)):
        raise UsageError("this entry was sealed on a device that is not one of this centre")
    if device.revoked_at:
        raise UsageError(
            "this device was revoked; its entries wait on it, and are taken once it is allowed again"
        )
    return device


def _own(database: Database, grant: Grant, identifier: str) -> Device:
    grant.check(Permission.RECEIVE_ARRIVALS)
    device = stored.found(database, identifier)
    if device is None or not (grant.scope.national or device.crossing in crossings(grant)):
        raise UsageError("there is no such device")
    return device


def has_pin(database: Database, key: str) -> bool:
    """Whether the session of a key has a PIN."""
    session = sessions.file_of(database).find(key)
    return session is not None and stored.pin_of(database, session.id) is not None


def set_pin(database: Database, grant: Grant, key: str, pin: str) -> None:
    """Give the session of a key a PIN, which is asked for when the desk was unused for a while.

    Raises
    ------
    UsageError
        It is not made of four to eight digits, or is easily guessed.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    held = sessions.file_of(database)
    session = held.find(key)
    if session is None:
        raise NotPermittedError("sign in first")
    if not _PIN.fullmatch(pin):
        raise UsageError("a PIN has 4 to 8 digits")
    if len(set(pin)) == 1 or pin in "01234567890123" or pin in "98765432109876":
        raise UsageError("this PIN is guessed at once; choose another")
    stored.set_pin(database, session.id, _HASHER.hash(pin), [one.id for one in held.living()])


def reopens(database: Database, cookie: str, key: str) -> bool:
    """Whether a session on a desk is not ended for being unused: its PIN is asked for instead.

    A session that was unused for long is locked here, also where its page was closed before it said so.
    """
    session = sessions.file_of(database).find(key)
    pin = _pin_of(database, session)
    device = of_cookie(database, cookie)
    if session is None or not pin or device is None or device.revoked_at:
        return False
    if not pin.locked and time.time() - session.seen > (LOCKED_AFTER + 1) * 60:
        stored.change_pin(database, pin.session, tries=pin.tries, locked=True)
    return True


def lock(database: Database, key: str) -> None:
    """Let the session of a key wait for its PIN; one without a PIN goes on."""
    pin = _pin_of(database, sessions.file_of(database).find(key))
    if pin:
        stored.change_pin(database, pin.session, tries=pin.tries, locked=True)


def is_locked(database: Database, key: str) -> bool:
    """Whether the session of a key waits for its PIN."""
    pin = _pin_of(database, sessions.file_of(database).find(key))
    return bool(pin and pin.locked)


def unlock(database: Database, grant: Grant, key: str, pin: str) -> int | None:
    """Reopen the session of a key by its PIN; None, or how many tries are left.

    After the last wrong one the session ends.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    held = sessions.file_of(database)
    session = held.find(key)
    known = _pin_of(database, session)
    if session is None or known is None:
        raise UsageError("this session has no PIN; sign in again")
    # Counted before it is looked at: tries at the same moment do not all pass as the first one.
    tries = stored.count_try(database, session.id)
    try:
        right = tries <= TRIES and _HASHER.verify(known.pin_hash, pin)
    except VerifyMismatchError:
        right = False
    if right:
        stored.change_pin(database, session.id, tries=0, locked=False)
        return None
    left = max(0, TRIES - tries)
    if not left:
        held.end(session, sessions.BY_OTHERS)
        sessions.tell(database)
    return left


def _pin_of(database: Database, session: sessions.Session | None) -> stored.Pin | None:
    return None if session is None else stored.pin_of(database, session.id)


def _print(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
