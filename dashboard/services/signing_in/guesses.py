"""Guesses at passwords and codes: how soon the next one may come, by account, by address, and by both.

A delay grows with the failures, and ends by itself. Whoever has signed in from an address before is not kept
waiting for what strangers guess at the account; whoever comes with the mark of a device, for nobody's guesses
but those from that device.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from hashlib import sha256

from dashboard.services.networks import network
from db.core.engine import Database
from db.operations import accounts, audit
from db.operations.signing_in import guesses
from db.operations.signing_in.guesses import Charge, Limit

_MINUTE, _HOUR = 60.0, 3_600.0
#: Guesses at one account from one address, or from one known device: people who share an address do not
#: keep each other waiting.
PAIR = Limit(free=10, first=10, longest=15 * _MINUTE, forgiven_after=_HOUR)
#: Guesses at one account from all addresses from where it never signed in.
ACCOUNT = Limit(free=20, first=10, longest=15 * _MINUTE, forgiven_after=_HOUR)
#: Guesses from one address, at whatever accounts.
ADDRESS = Limit(free=60, first=10, longest=5 * _MINUTE, forgiven_after=_MINUTE)
#: Guesses at the code of an account, by somebody who knows its password.
CODE = Limit(free=5, first=10, longest=15 * _MINUTE, forgiven_after=_HOUR)
#: Length of the mark of a device.
_MARK = 43
#: Who is named in the trail where there is no such account: what was typed is not kept.
_NOBODY = "nobody"
_now = time.time


@dataclass(frozen=True)
class Place:
    """From where somebody comes: the address, and the mark that a device was given."""

    address: str
    device: str = ""


@dataclass(frozen=True)
class Try:
    """A try that was counted. `actor`: its account's address, or `nobody`."""

    actor: str
    place: Place
    charge: Charge
    own: frozenset[str]


def begin(database: Database, email: str, place: Place, *, code: bool = False) -> Try | float:
    """Count a try at an account before it is looked at; or seconds until the next, and none is counted.

    Parameters
    ----------
    email : str
        As it was typed: whether there is such an account makes no difference to what is answered.
    code : bool, default False
        Whether it is one at the second factor.
    """
    facts = accounts.facts_of(database, email)
    number, actor = (facts.number, facts.email) if facts else (None, _NOBODY)
    who = str(number) if number is not None else f"{_NOBODY} {email.strip().casefold()}"
    step = "code" if code else "password"
    near = CODE if code else PAIR
    limits = {
        _fingerprint(step, "pair", who, network(place.address)): near,
        _fingerprint("address", network(place.address)): ADDRESS,
    }
    own = frozenset([*limits][:1])
    marks = _marks(place)
    now = _now()
    known = guesses.known(database, number, marks.values(), now) if number is not None else set()
    if marks.get("device") in known:
        own = frozenset([_fingerprint(step, "device", who, place.device)])
        limits = dict.fromkeys(own, near)
    elif marks["address"] not in known:
        limits[_fingerprint(step, "account", who)] = CODE if code else ACCOUNT
    counted = guesses.charge(database, limits, now)
    if isinstance(counted, float):
        return counted
    return Try(actor, place, counted, own)


def arrive(database: Database, place: Place) -> Try | float:
    """Count somebody who comes from a provider of identities: by the address alone, it guesses at nobody."""
    counted = guesses.charge(database, {_fingerprint("address", network(place.address)): ADDRESS}, _now())
    return counted if isinstance(counted, float) else Try(_NOBODY, place, counted, frozenset())


def uncounted(database: Database, email: str, place: Place) -> Try:
    """A try that no other one waits for."""
    facts = accounts.facts_of(database, email)
    return Try(facts.email if facts else _NOBODY, place, Charge(0.0, {}), frozenset())


def failed(database: Database, tried: Try, step: str = "password") -> None:
    """Note a failed try in the trail."""
    said: dict[str, object] = {"address": tried.place.address}
    if step != "password":
        said["step"] = step
    if (delay := max(tried.charge.delays.values(), default=0.0)) > 0:
        said["next try after"] = f"{delay:.0f} s"
    audit.record(database, tried.actor, "sign-in failed", said)


def passed(database: Database, tried: Try) -> None:
    """Take a try off again that was right, and forget those of the same account and place before it."""
    guesses.refund(database, tried.charge, tried.own)


def remember(database: Database, account: int, place: Place) -> str:
    """Note from where an account has signed in; returns the mark that the device keeps from now on.

    A mark is kept that was given here before: several accounts may share a device.
    """
    marks = _marks(place)
    device = place.device
    if "device" not in marks or not guesses.is_known_anywhere(database, marks["device"]):
        device = secrets.token_urlsafe(32)
    guesses.remember(database, account, _marks(Place(place.address, device)).values(), _now())
    return device


def _marks(place: Place) -> dict[str, str]:
    marks = {"address": _fingerprint("known address", network(place.address))}
    if len(place.device) == _MARK:
        marks["device"] = _fingerprint("known device", place.device)
    return marks


def _fingerprint(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
