"""What administrators do with accounts: adding them, and changing their roles, places and programmes.

Nobody gives what she does not have: an administrator of some places or programmes looks after the accounts
within these alone. Nobody takes her own role away, so that a server never loses its last administrator so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from dashboard.permissions import Grant, Permission
from dashboard.services import accounts
from dashboard.services.accounts import AccountFacts
from dashboard.services.signing_in import links, second_factor
from dashboard.services.signing_in.links import Issued
from db.core.engine import Database, together
from db.core.scope import Scope
from db.ingest import facilities
from db.operations import accounts as stored
from db.operations import audit, saved_mappings
from geodata.crossings import CROSSINGS
from geodata.gazetteer import gazetteer
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.vocabulary import PARTNERS

__all__ = [
    "PARTS",
    "PLACES",
    "Issued",
    "add",
    "check",
    "find",
    "listed",
    "mappings",
    "new_link",
    "reset_second_factor",
    "scope_of",
    "set_active",
    "set_role",
    "set_scope",
]
#: What a scope is made of, in the order in which it is asked for: first its places.
PLACES = ("provinces", "districts", "facilities", "crossings")
PARTS = (*PLACES, "programmes", "partners")


def listed(database: Database, grant: Grant) -> list[AccountFacts]:
    """Accounts that a grant looks after.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    return [one for one in accounts.listed(database, grant) if grant.scope.includes(one.scope)]


def find(database: Database, grant: Grant, number: int) -> AccountFacts | None:
    """One of these accounts by its number; None if absent.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    return next((one for one in listed(database, grant) if one.number == number), None)


def scope_of(database: Database, given: Mapping[str, Iterable[str]], *, everywhere: bool) -> Scope:
    """A scope from codes; of every programme where none or all are given.

    Parameters
    ----------
    given : mapping
        Codes of each of :data:`PARTS`.
    everywhere : bool
        Every place, whatever places are given.

    Raises
    ------
    UsageError
        A code is of nothing, or there is no place; says every code that is wrong.
    """
    asked = {part: [text.strip() for text in given.get(part, ()) if text.strip()] for part in PARTS}
    asked["crossings"] = [gazetteer().match_crossing(text) or text for text in asked["crossings"]]
    with database.reading() as connection:
        held = facilities.listed(connection, Scope.everything())
    known: dict[str, Collection[str]] = {
        "provinces": PROVINCES,
        "districts": {str(item["operational_district"]) for item in held if item["operational_district"]},
        "facilities": {str(item["facility_id"]) for item in held},
        "crossings": CROSSINGS,
        "programmes": PROGRAMMES,
        "partners": {value.code for value in PARTNERS},
    }
    for part, codes in asked.items():
        wrong = [code[:40] for code in codes if code not in known[part]]
        if wrong:
            raise UsageError("{part}: there is no {code}", part, part=part, code=", ".join(wrong[:5]))
    programmes, partners = asked.pop("programmes"), asked.pop("partners")
    limited = programmes if 0 < len(set(programmes)) < len(PROGRAMMES) else None
    if everywhere:
        return Scope.made(programmes=limited, partners=partners)
    if not any(asked.values()):
        raise UsageError("provinces: choose at least one place, or every place", "provinces")
    return Scope.made(**asked, programmes=limited, partners=partners)


def add(database: Database, grant: Grant, email: str, role: str, scope: Scope) -> Issued:
    """Add an account without a password; returns the link by which its person sets one.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or does not hold the scope.
    UsageError
        The address or role will not do; says which.
    """
    _give(grant, scope)
    accounts.add(database, grant, email=email, password=None, role=role, provinces=())
    set_scope(database, grant, email, scope)
    return links.issue(database, grant, email)


def set_role(database: Database, grant: Grant, email: str, role: str) -> None:
    """Give an account another role; ends its sessions.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or this one is wider than it.
    UsageError
        There is no such account or role, or it is one's own.
    """
    check(database, grant, email, own=False)
    with together(database.operations):
        stored.set_role(database, email, role)
        audit.record(database, grant.actor, "role changed", {"email": email, "role": role})
    accounts.end_all(database, email)


def set_scope(database: Database, grant: Grant, email: str, scope: Scope) -> None:
    """Give an account other places and programmes; ends its sessions.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or does not hold the account's scope, or the new one.
    UsageError
        There is no such account, or it is one's own.
    """
    _give(grant, scope)
    check(database, grant, email, own=False)
    with together(database.operations):
        stored.set_scope(database, email, scope)
        audit.record(database, grant.actor, "scope changed", {"email": email, "scope": scope.text or "all"})
    accounts.end_all(database, email)


def new_link(database: Database, grant: Grant, email: str) -> Issued:
    """Make a link by which the person of an account sets another password.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or this one is wider than it.
    UsageError
        There is no such account, it is closed, or it is the demo's.
    """
    check(database, grant, email)
    return links.issue(database, grant, email)


def reset_second_factor(database: Database, grant: Grant, email: str) -> None:
    """Take an account's authenticator away; where its role must have one, it sets up another.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or this one is wider than it.
    UsageError
        There is no such account.
    """
    check(database, grant, email)
    second_factor.reset(database, grant, email)


def set_active(database: Database, grant: Grant, email: str, active: bool) -> None:
    """Open or close an account; closing ends its sessions.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or this one is wider than it.
    UsageError
        There is no such account, or it is one's own.
    """
    check(database, grant, email, own=False)
    accounts.set_active(database, grant, email, active)


def check(database: Database, grant: Grant, email: str, *, own: bool = True) -> AccountFacts:
    """Return an account that a grant may change. `own`: its own, too.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or this one is wider than it.
    UsageError
        There is no such account, or it is one's own and that must not be.
    """
    wanted = email.strip().lower()
    found = next((one for one in accounts.listed(database, grant) if one.email == wanted), None)
    if found is None:
        raise UsageError("there is no account for {email}", "email", email=email[:255])
    if not grant.scope.includes(found.scope):
        raise NotPermittedError("this account is for more places or programmes than your own")
    if not own and wanted == grant.actor.strip().lower():
        raise UsageError("nobody changes her own role or scope: ask another administrator", "email")
    return found


def mappings(database: Database, grant: Grant) -> list[dict[str, object]]:
    """Mappings that people have made on this server: name, version, author, moment.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    return list(saved_mappings.listed(database))


def _give(grant: Grant, scope: Scope) -> None:
    grant.check(Permission.MANAGE_ACCOUNTS)
    if not grant.scope.includes(scope):
        raise NotPermittedError("you can give only places and programmes that your own account covers")
