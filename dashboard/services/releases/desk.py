"""What the two people of a release do: ask for one, have it audited, issue it, stop it, list them.

A release is of the whole country, so both need an account for all of it. Nobody issues what she prepared.
"""

from __future__ import annotations

from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.releases import build
from dashboard.services.releases.figures import THRESHOLDS
from db.core.engine import Database, write_transaction
from db.operations import accounts
from db.operations import releases as stored
from db.operations.releases import Release
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import N_

__all__ = [
    "LAG_DAYS",
    "Release",
    "ask",
    "ask_for_audit",
    "find",
    "grant_of",
    "issue",
    "listed",
    "may",
    "stop",
]
#: Days after its end before a period is issued, unless another number is asked for: late files still count.
LAG_DAYS = 30
_WHOLE = N_("releases are of the whole country; your account is for some places or programmes")


def grant_of(database: Database, email: str) -> Grant:
    """Return what an account may do now: for commands, which say whose work they do.

    Raises
    ------
    UsageError
        There is no such account, or it is closed.
    """
    found = accounts.grant_facts(database, email)
    if found is None:
        raise UsageError("--by: there is no open account {email}", "by", email=email[:60])
    return Grant(email, *found)


def may(grant: Grant, permission: Permission) -> bool:
    """Whether somebody may prepare, or issue: has the permission, and an account for the whole country."""
    return grant.can(permission) and grant.scope.whole


def _check(grant: Grant, permission: Permission) -> None:
    grant.check(permission)
    if not grant.scope.whole:
        raise NotPermittedError(_WHOLE)


def _check_either(grant: Grant) -> None:
    _check(
        grant, Permission.ISSUE_RELEASE if grant.can(Permission.ISSUE_RELEASE) else Permission.PREPARE_RELEASE
    )


def ask(
    database: Database,
    grant: Grant,
    *,
    since: date | None = None,
    until: date | None = None,
    lag_days: int = LAG_DAYS,
    at_once: bool = False,
) -> int:
    """Ask for a release: it waits for the job runner, or is the caller's at once. Its number.

    Raises
    ------
    NotPermittedError
        The grant does not prepare releases.
    UsageError
        There are no records, the days will not do, or another release is on the way.
    """
    _check(grant, Permission.PREPARE_RELEASE)
    with database.reading() as connection:
        days = build.span(connection, today_in_cambodia(), since, until, lag_days)
        version = build.newest_batch(connection)
    return stored.add(
        database,
        grant.actor,
        since=days.since,
        until=days.until,
        lag_days=days.lag_days,
        thresholds=THRESHOLDS,
        data_version=version,
        at_once=at_once,
    )


def ask_for_audit(database: Database, grant: Grant, number: int, *, at_once: bool = False) -> None:
    """Have a release that is prepared audited, again where it has been.

    Raises
    ------
    NotPermittedError
        The grant neither prepares nor issues releases.
    UsageError
        There is no such release, it is not prepared, or it is issued.
    """
    _check_either(grant)
    release = find(database, grant, number)
    if not stored.begin_audit(database, number, grant.actor, at_once=at_once):
        if release.issued_at:
            raise UsageError("release {number} is issued; it was audited before", number=number)
        raise UsageError("release {number} is not prepared; prepare one first", number=number)


def issue(database: Database, grant: Grant, number: int) -> Release:
    """Issue a release: from now on it is in force.

    Raises
    ------
    NotPermittedError
        The grant does not issue releases, or is that of whoever prepared it.
    UsageError
        It is not there, not prepared, not audited, refused by its audit, issued already, or made from an
        earlier release than the one in force.
    """
    _check(grant, Permission.ISSUE_RELEASE)
    with write_transaction(database.operations) as connection:
        stored.QUEUE.alone(connection)
        stored.QUEUE.return_abandoned(connection)
        release = _known(stored.get(connection, number), number)
        _refuse(release, grant)
        now = stored.in_force(connection)
        if (now and now.id) != release.previous:
            raise UsageError(
                "release {number} was prepared before release {other} was issued; prepare another one",
                number=number,
                other=now.id if now else 0,
            )
        assert release.digest is not None  # noqa: S101 - it is prepared
        if not stored.issue(connection, number, grant.actor, release.digest):
            raise UsageError("release {number} has changed meanwhile; look at it again", number=number)
    return find(database, grant, number)


def _refuse(release: Release, grant: Grant) -> None:
    """Refuse to issue what may not be issued, and say why."""
    number = release.id
    if release.issued_at:
        raise UsageError("release {number} is issued already", number=number)
    if release.author == grant.actor:
        raise NotPermittedError("you prepared release {number}; somebody else has to issue it", number=number)
    if release.at_work:
        raise UsageError("release {number} is still on the way", number=number)
    if not release.prepared:
        raise UsageError("release {number} is not prepared; prepare another one", number=number)
    if release.audit_digest is None:
        raise UsageError("release {number} is not audited; have it audited first", number=number)
    if not release.passed:
        raise UsageError("release {number} did not pass its audit; it cannot be issued", number=number)


def stop(database: Database, grant: Grant, number: int) -> bool:
    """Stop a release that waits or is worked on; whether there was anything to stop.

    Raises
    ------
    NotPermittedError
        The grant does not prepare releases.
    """
    _check(grant, Permission.PREPARE_RELEASE)
    return stored.cancel(database, number, grant.actor)


def find(database: Database, grant: Grant, number: int) -> Release:
    """One release.

    Raises
    ------
    NotPermittedError
        The grant neither prepares nor issues releases.
    UsageError
        There is none of this number.
    """
    _check_either(grant)
    with database.operations.connect() as connection:
        return _known(stored.get(connection, number), number)


def listed(database: Database, grant: Grant) -> list[Release]:
    """Releases, the newest first.

    Raises
    ------
    NotPermittedError
        The grant neither prepares nor issues releases.
    """
    _check_either(grant)
    with database.operations.connect() as connection:
        return stored.listed(connection)


def _known(release: Release | None, number: int) -> Release:
    if release is None:
        raise UsageError("there is no release {number}", number=number)
    return release
