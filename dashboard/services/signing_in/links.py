"""One-time links: an invitation, or a way to another password. They need no mail server.

Who looks after accounts sees a link once and hands it on. Here only a fingerprint of it is kept.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from dashboard.permissions import Grant, Permission
from dashboard.services import accounts as account_services
from db.core.engine import Database, together
from db.operations import accounts, audit
from db.operations.signing_in import links
from surveillance.errors import UsageError

INVITATION, RESET = "invitation", "reset"
#: Where a link leads on this server.
PATH = "/invitation/"
LASTS = timedelta(days=3)
_now = time.time


@dataclass(frozen=True)
class Issued:
    """A link as it is shown once. `path`: of it on this server."""

    path: str
    purpose: str
    expires: datetime


def issue(database: Database, grant: Grant, email: str) -> Issued:
    """Make a link by which the person of an account sets her password; one before it is void.

    Her password, if she has one, goes on until then.

    Raises
    ------
    UsageError
        There is no such account, it is closed, or it is the demo's.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    facts = accounts.known(database, email)
    if facts.demo or not facts.active:
        raise UsageError(f"{email} is {'of the demo' if facts.demo else 'closed'}: no link is made for it")
    purpose = RESET if facts.has_password else INVITATION
    token = secrets.token_urlsafe(32)
    expires = datetime.fromtimestamp(_now(), UTC) + LASTS
    with together(database.operations):
        links.add(database, _hash(token), facts.number, purpose, grant.actor, expires.timestamp())
        said = {"email": facts.email, "purpose": purpose, "expires": expires.isoformat(timespec="seconds")}
        audit.record(database, grant.actor, "link made", said)
    return Issued(PATH + token, purpose, expires)


def email_of(database: Database, token: str) -> str | None:
    """Whose password a link sets; None where it was used, has expired, or its account is closed."""
    found = links.find(database, _hash(token), _now())
    facts = None if found is None else accounts.facts_by_number(database, found.account)
    return None if facts is None or facts.demo or not facts.active else facts.email


def use(database: Database, token: str, password: str) -> int:
    """Set the password of a link's account, which ends its sessions; returns the account's number.

    Raises
    ------
    UsageError
        The password will not do, and the link can still be used; or it cannot be used any more.
    """
    email = email_of(database, token)
    if email is None:
        raise UsageError("this link was used, or has expired; ask for another one")
    hashed = account_services.hashed(password, email)
    with together(database.operations):
        if not links.use(database, _hash(token), _now()):
            raise UsageError("this link was used, or has expired; ask for another one")
        accounts.set_password(database, email, hashed)
        audit.record(database, email, "password set", {"email": email, "by": "link"})
    number = accounts.number_of(database, email)
    if number is None:
        raise UsageError("this link was used, or has expired; ask for another one")
    account_services.end_all(database, email)
    return number


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
