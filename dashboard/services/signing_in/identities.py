"""Identities at a provider (OpenID Connect): which account somebody has who comes from there.

An account must exist. What it may do is decided here alone, by its role and provinces.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.permissions import Grant, Permission
from db.core.engine import Database, together
from db.operations import accounts, audit
from db.operations.signing_in import links
from surveillance.errors import UsageError

_LONGEST = 255


@dataclass(frozen=True)
class Identity:
    """What a provider says of a person. `email`: only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


def account_of(database: Database, identity: Identity) -> int | None:
    """Number of the account of an identity; None where it has none that is open.

    An identity that comes for the first time is linked with the account of its verified address, unless that
    account is linked already: whoever gets an address that another person had does not get her account.
    """
    if not identity.subject or len(identity.subject) > _LONGEST:
        return None
    number = links.account_of(database, identity.issuer, identity.subject)
    if number is None and identity.email:
        facts = accounts.facts_of(database, identity.email)
        if facts is None or not facts.active or facts.demo or links.is_linked(database, facts.number):
            return None
        with together(database.operations):
            links.link(database, facts.number, identity.issuer, identity.subject)
            said = {"email": facts.email, "issuer": identity.issuer, "by": "verified address"}
            audit.record(database, facts.email, "identity linked", said)
        return facts.number
    facts = None if number is None else accounts.facts_by_number(database, number)
    return None if facts is None or facts.demo or not facts.active else facts.number


def refused(database: Database, address: str, why: str) -> None:
    """Note in the trail that somebody came from the provider in vain."""
    audit.record(database, "nobody", "sign-in failed", {"address": address, "step": "provider", "why": why})


def link(database: Database, grant: Grant, email: str, issuer: str, subject: str) -> None:
    """Link an account with an identity, instead of the one before.

    Raises
    ------
    UsageError
        There is no such account, or the identity is another account's.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    facts = accounts.known(database, email)
    if not 0 < len(subject) <= _LONGEST or len(issuer) > _LONGEST:
        raise UsageError(f"give a subject of up to {_LONGEST} characters")
    if links.account_of(database, issuer, subject) not in (None, facts.number):
        raise UsageError("this identity is linked with another account")
    with together(database.operations):
        links.link(database, facts.number, issuer, subject)
        said = {"email": facts.email, "issuer": issuer, "by": "subject"}
        audit.record(database, grant.actor, "identity linked", said)


def unlink(database: Database, grant: Grant, email: str) -> bool:
    """Take an account's identity away; whether it had one.

    Raises
    ------
    UsageError
        There is no such account.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    number = accounts.known(database, email).number
    with together(database.operations):
        had = links.unlink(database, number)
        audit.record(database, grant.actor, "identity unlinked", {"email": email})
    return had
