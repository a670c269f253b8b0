"""Sessions: who is signed in now, and ending that, which needs no free disk (db.operations.session_file)."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.permissions import Grant, Permission
from dashboard.settings import machine_folder
from db.core import errors
from db.core.engine import Database, write_transaction
from db.operations import accounts, audit, session_file
from db.operations.session_file import Session, SessionFile
from surveillance.errors import ConfigurationError

#: How long a session lasts at most.
LIFETIME = timedelta(hours=12)
SIGNED_OUT, IDLE, BY_OTHERS = session_file.SIGNED_OUT, session_file.IDLE, session_file.BY_OTHERS
#: What the trail says of why one ended.
_WHY = {
    SIGNED_OUT: "signed out",
    IDLE: "unused for too long",
    BY_OTHERS: "ended by others, or the account was changed",
    session_file.TOO_MANY: "too many sessions of the account",
}
#: How long before its session began a line of the trail may have its moment, which has no fractions.
_BEFORE_ITS_LINE = timedelta(seconds=2)
_log = logging.getLogger("chhlang")


@dataclass(frozen=True)
class SessionFacts:
    """A session as lists show it.

    Parameters
    ----------
    id : str
        What it is ended by; nobody can sign in with it.
    address : str
        From where it was begun, as the trail has it; its owner alone is told.
    this : bool
        Whether it is the one that asks.
    """

    id: str
    account: str
    began: datetime
    seen: datetime
    address: str = ""
    this: bool = False


def file_of(database: Database) -> SessionFile:
    """The file of sessions: beside the SQLite file, or with PostgreSQL in a folder of this machine."""
    url = database.operations.url
    if database.dialect == "sqlite":
        path = Path(str(url.database))
        return SessionFile(path.with_name(f"{path.stem.removesuffix('-operations')}-sessions.bin"))
    named = hashlib.sha256(str(url.set(password=None)).encode()).hexdigest()[:12]
    return SessionFile(machine_folder() / f"sessions-{named}.bin")


def prepare(database: Database) -> None:
    """Make the file of sessions, and tell the trail of ends that it has not heard of.

    Raises
    ------
    StorageError
        There is no space for it.
    ConfigurationError
        Its folder cannot be written to.
    """
    held = file_of(database)
    try:
        held.prepare()
    except OSError as error:
        raise errors.explain(error) or ConfigurationError(
            f"{held.path}, the file of sessions, cannot be written ({error.strerror}): check the rights of "
            "its folder"
        ) from error
    tell(database)


def begin(database: Database, account: int, email: str, authority: bytes, address: str) -> str:
    """Begin a session, which is in the trail; its key, for the browser alone."""
    held = file_of(database)
    tell(database)
    key, session = held.begin(account, authority, LIFETIME.total_seconds())
    try:
        audit.record(database, email, "signed in", {"session": session.id, "address": address})
    except BaseException:
        held.drop(session)
        raise
    return key


def living(database: Database, key: str, account: int, authority: bytes, idle: timedelta | None) -> bool:
    """Whether a key is that of a session which may go on; one that may not ends here.

    Parameters
    ----------
    authority : bytes
        Fingerprint of what the account may do now: a session that began with another is over.
    idle : timedelta or None
        How long it may be unused.
    """
    held = file_of(database)
    session = held.find(key)
    if session is None or session.account != account:
        return False
    now = datetime.now(UTC).timestamp()
    if now - session.began > LIFETIME.total_seconds() or (
        idle is not None and now - session.seen > idle.total_seconds()
    ):
        _end(database, [session], IDLE)
        return False
    if session.authority != authority:
        _end(database, [session], BY_OTHERS)
        return False
    held.use(session)
    return True


def account_of(database: Database, key: str) -> str:
    """Number of the account whose living session has a key; blank where none has."""
    session = file_of(database).find(key)
    return "" if session is None else str(session.account)


def sign_out(database: Database, key: str) -> None:
    """End every session of the account whose session has this key."""
    held = file_of(database)
    if session := held.find(key):
        _end(database, held.living(session.account), SIGNED_OUT)


def listed(database: Database, grant: Grant) -> list[SessionFacts]:
    """Every session that lives, the newest first.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    return _facts(database, file_of(database).living())


def own(database: Database, account: int, key: str = "") -> list[SessionFacts]:
    """The living sessions of one account, the newest first. `key`: of the one that asks."""
    held = file_of(database)
    this = held.find(key) if key else None
    found = _facts(database, held.living(account))
    if not found:
        return []
    since = (min(one.began for one in found) - _BEFORE_ITS_LINE).isoformat(timespec="seconds")
    with database.operations.connect() as connection:
        rows = audit.found(connection, since=since, who=found[0].account, what="signed in")
    told = [json.loads(row["detail"]) for row in rows]
    begun = {str(said.get("session")): str(said.get("address") or "") for said in told}
    return [
        replace(one, address=begun.get(one.id, ""), this=this is not None and one.id == this.id)
        for one in found
    ]


def end(database: Database, grant: Grant, identifier: str) -> bool:
    """End a session by its id; whether it lived.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    return _ended_by(
        database, grant.actor, [one for one in file_of(database).living() if one.id == identifier]
    )


def end_own(
    database: Database, grant: Grant, account: int, *, but: str, identifier: str | None = None
) -> bool:
    """End a session of one's own account, or all of them, but for the one with a key; whether any lived."""
    held = file_of(database)
    this = held.find(but)
    chosen = [one for one in held.living(account) if this is None or one.key != this.key]
    return _ended_by(
        database, grant.actor, [one for one in chosen if identifier is None or one.id == identifier]
    )


def end_all_of(database: Database, account: int) -> int:
    """End every session of an account, which its caller tells the trail of; how many lived."""
    return _end(database, file_of(database).living(account), BY_OTHERS)


def _ended_by(database: Database, actor: str, chosen: list[Session]) -> bool:
    names = accounts.names(database, {one.account for one in chosen})
    done = _end(database, chosen, BY_OTHERS)
    for one in chosen:
        said = {"session": one.id, "account": names.get(one.account, str(one.account))}
        try:
            audit.record(database, actor, "session ended", said)
        except Exception as error:
            if (refusal := errors.explain(error)) is None:
                raise
            _log.warning("session %s is ended; who did it is not in the trail: %s", one.id, refusal)
    return bool(done)


def _end(database: Database, sessions: list[Session], why: int) -> int:
    held = file_of(database)
    done = sum(held.end(session, why) for session in sessions)
    tell(database)
    return done


def tell(database: Database) -> int:
    """Write the trail's lines of sessions that have ended; how many wait, since the disk or a lock refused.

    They wait in the file of sessions, and follow with the next sign-in, sign-out or start.
    """
    held = file_of(database)
    ended = held.ended()
    if not ended:
        return 0
    try:
        names = accounts.names(database, {one.account for one in ended})
        with write_transaction(database.operations) as connection:
            known = audit.tokens(connection, [one.token for one in ended])
            for one in ended:
                if one.token in known:
                    continue
                at = datetime.fromtimestamp(one.ended, UTC).isoformat(timespec="seconds")
                said = audit.said({"session": one.id, "why": _WHY.get(one.why, "")})
                actor = names.get(one.account, f"account {one.account}")
                audit.append(connection, at, actor, "signed out", said, one.token)
    except Exception as error:
        if (refusal := errors.explain(error)) is None:
            raise
        _log.warning(
            "%d sessions have ended. Their lines of the audit trail wait and follow by themselves: %s",
            len(ended),
            str(refusal).partition(":")[0],
        )
        return len(ended)
    for one in ended:
        held.drop(one)
    return 0


def _facts(database: Database, sessions: list[Session]) -> list[SessionFacts]:
    names = accounts.names(database, {one.account for one in sessions})
    now = datetime.now(UTC).timestamp()
    return [
        SessionFacts(
            one.id,
            names.get(one.account, ""),
            datetime.fromtimestamp(one.began, UTC),
            datetime.fromtimestamp(one.seen, UTC),
        )
        for one in sessions
        if now - one.began <= LIFETIME.total_seconds()
    ]
