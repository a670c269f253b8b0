"""Tokens by which programs ask for an account: made, shown once, ended; never above the account's own role.

Whoever makes one gives what she has herself: an administrator makes one for another account only in a role
that may no more than her own, too. A token is over with any change of its account: closing, password, role,
places, programmes, or the end of all its sessions.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from dashboard.permissions import CUSTODIAN, GRANTED, THRESHOLD, THRESHOLDS, Grant, Permission
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import accounts
from db.operations.accounts import AccountFacts
from db.operations.signing_in import tokens
from db.operations.signing_in.tokens import Token
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import N_, one_line

__all__ = ["Asking", "Made", "Refused", "Token", "end", "listed", "make", "roles_for", "whose"]
#: How a token begins, so that one that lies about is known for what it is; and letters after it.
PREFIX, LETTERS = "chhlang_", 43
#: Longest name; tokens of one account that live; days that one lasts; requests a minute.
LONGEST, MOST = 80, 10
DAYS, USUAL_DAYS = (1, 366), 90
RATES, USUAL_RATE = (1, 600), 60
#: Why a token answers nothing, for the program that brings it.
OVER = {
    tokens.BY_PERSON: N_("This token was ended. Make another one on the page of tokens."),
    tokens.EXPIRED: N_("The time of this token is over. Make another one on the page of tokens."),
    tokens.OF_ACCOUNT: N_("The account of this token was changed, which ended it. Make another one."),
}
UNKNOWN = N_("This token is not known here.")
_now = time.time


@dataclass(frozen=True)
class Made:
    """A token as it is shown once: the text that a program brings, and what is kept of it."""

    text: str
    token: Token


@dataclass(frozen=True)
class Asking:
    """Who asks by a token. `wait`: seconds until it may ask again; 0 where it may now."""

    grant: Grant
    number: int
    demo: bool
    wait: float
    per_minute: int


@dataclass(frozen=True)
class Refused:
    """Why a token is not taken, for translation."""

    why: str


def roles_for(*granted: str) -> list[str]:
    """Roles that may no more than each of some roles, and are told of no smaller numbers."""

    def within(role: str, own: str) -> bool:
        fewest = THRESHOLDS.get(role, THRESHOLD) >= THRESHOLDS.get(own, THRESHOLD)
        return GRANTED[role] <= GRANTED.get(own, frozenset()) and fewest

    return [role for role in GRANTED if role != CUSTODIAN and all(within(role, own) for own in granted)]


def make(
    database: Database,
    grant: Grant,
    email: str,
    *,
    name: str,
    role: str,
    days: str,
    per_minute: str,
    provinces: Collection[str] = (),
    programmes: Collection[str] = (),
) -> Made:
    """Make a token of an account, one's own or one that is looked after.

    Parameters
    ----------
    provinces, programmes : collection of str
        What it is narrowed to; all of the account's own where none is given.

    Raises
    ------
    NotPermittedError
        The account is another's, and is not looked after; or the scope is wider than one's own.
    UsageError
        Something of it will not do; says what.
    """
    held = _account(database, grant, email)
    if not held.active:
        raise UsageError("{email} is closed: no token is made for it", "email", email=held.email)
    named = one_line(name)
    if not 0 < len(named) <= LONGEST:
        raise UsageError("name: write between 1 and {most} characters", "name", most=LONGEST)
    if role not in roles_for(held.role, grant.role):
        raise UsageError("role: choose a role that may no more than the account", "role")
    scope = _narrowed(held.scope, provinces, programmes)
    if not (held.scope.includes(scope) and grant.scope.includes(scope)):
        raise NotPermittedError("you can give only places and programmes that your own account covers")
    lasts = timedelta(days=_whole(days, "days", DAYS))
    rate = _whole(per_minute, "per_minute", RATES)
    _swept(database, held.number, grant)
    if sum(one.ended_at is None for one in tokens.listed(database, held.number)) >= MOST:
        raise UsageError("an account has at most {most} tokens: end one first", most=MOST)
    text = PREFIX + secrets.token_urlsafe(32)
    expires = (datetime.fromtimestamp(_now(), UTC) + lasts).timestamp()
    values = {
        "account": held.number,
        "name": named,
        "tail": text[-4:],
        "role": role,
        "scope": scope,
        "expires": expires,
        "per_minute": rate,
    }
    number = tokens.add(database, grant.actor, held.email, _hash(text), values)
    return Made(text, next(one for one in tokens.listed(database, held.number) if one.id == number))


def listed(database: Database, grant: Grant, email: str) -> Sequence[Token]:
    """Tokens of an account, one's own or one that is looked after; those that live first.

    Raises
    ------
    NotPermittedError
        It is another's, and is not looked after.
    """
    held = _account(database, grant, email)
    _swept(database, held.number, grant)
    return tokens.listed(database, held.number)


def end(database: Database, grant: Grant, email: str, number: int) -> bool:
    """End a token of an account, one's own or one that is looked after; whether it lived.

    Raises
    ------
    NotPermittedError
        It is another's, and is not looked after.
    """
    held = _account(database, grant, email)
    return 0 < number < 2**31 and tokens.end(database, grant.actor, number, held.number)


def whose(database: Database, text: str) -> Asking | Refused:
    """Who asks by the text of a token; the request is counted."""
    if not is_one(text):
        return Refused(UNKNOWN)
    found = tokens.ask(database, _hash(text), _now())
    if found is None:
        return Refused(UNKNOWN)
    if isinstance(found, str):
        return Refused(OVER.get(found, UNKNOWN))
    token = found.token
    grant = Grant(found.email, token.role, token.scope)
    return Asking(grant, token.id, found.demo, found.wait, token.per_minute)


def is_one(text: str) -> bool:
    """Whether a text is written as a token is."""
    rest = text.removeprefix(PREFIX)
    written = rest.isascii() and rest.replace("-", "a").replace("_", "a").isalnum()
    return text.startswith(PREFIX) and len(rest) == LETTERS and written


def _account(database: Database, grant: Grant, email: str) -> AccountFacts:
    own = email.strip().lower() == grant.actor.strip().lower()
    if not own:
        grant.check(Permission.MANAGE_ACCOUNTS)
    number = accounts.number_of(database, email)
    found = next((one for one in accounts.listed(database) if one.number == number), None)
    if found is None:
        raise UsageError("there is no account for {email}", "email", email=email[:255])
    if not own and not grant.scope.includes(found.scope):
        raise NotPermittedError("this account is for more places or programmes than your own")
    return found


def _swept(database: Database, number: int, grant: Grant) -> None:
    tokens.sweep(database, number, _now(), grant.actor)


def _narrowed(scope: Scope, provinces: Collection[str], programmes: Collection[str]) -> Scope:
    """A scope within another one. Nobody answers referrals by a token."""
    for part, given, known in (
        ("provinces", provinces, PROVINCES),
        ("programmes", programmes, PROGRAMMES),
    ):
        if any(code not in known for code in given):
            raise UsageError("{name}: choose from the list", part, name=part)
    limited = scope.programmes if not programmes else frozenset(programmes)
    if provinces:
        return Scope(frozenset(provinces), programmes=limited)
    return replace(scope, programmes=limited, partners=frozenset())


def _whole(text: str, name: str, bounds: tuple[int, int]) -> int:
    least, most = bounds
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6 and least <= int(digits) <= most):
        raise UsageError(
            "{name}: '{given}' is not a whole number from {least} to {most}",
            name,
            name=name,
            given=text[:40],
            least=least,
            most=most,
        )
    return int(digits)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
