"""The audit trail, for those who look after the server: reading it, and whether it is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from db.core.engine import Database
from db.maintenance.archive import Archive
from db.maintenance.part_file import PartFile
from db.operations import audit, audit_chain
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UnreadableFileError, UsageError

COLUMNS = ("line", "at", "who", "what", "detail")
#: Details of a line that can hold a name that a sender gave: a file may be called by its patient.
_NAMING = frozenset({"file", "file_name", "name", "returned_file", "record_id", "arrival_id", "path"})
#: What stands for such a name.
WITHHELD = "…"
_NUMBER = re.compile(r"[0-9a-f]{12}|[0-9]{1,12}")
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


@dataclass(frozen=True)
class Verified:
    """Whether the trail is whole: its lines, where it ends, and a sentence for each fault."""

    lines: int
    head: str
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether there is none."""
        return not self.faults


def found(
    database: Database,
    grant: Grant,
    *,
    since: str | None = None,
    until: str | None = None,
    who: str | None = None,
    what: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Lines of the trail as rows of :data:`COLUMNS`, the oldest first.

    Parameters
    ----------
    since : str, optional
        A day in Cambodia, or a moment, from which on.
    until : str, optional
        The last day in Cambodia.
    who, what : str, optional
        The account (or `command line`), and the action, as the trail has them.
    before : int, optional
        Only lines with smaller numbers.
    limit : int, optional
        Only the newest so many.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    UsageError
        `since` is neither a day nor a moment.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    with database.operations.connect() as connection:
        rows = audit.found(
            connection,
            since=_moment(since),
            until=_moment(_next_day(until)),
            who=who,
            what=what,
            before=before,
            limit=limit,
        )
    return [
        {
            "line": row["id"],
            "at": row["at"],
            "who": row["actor"],
            "what": row["action"],
            "detail": _shown(grant, row),
        }
        for row in rows
    ]


def actions(database: Database, grant: Grant) -> list[str]:
    """What the trail has lines of.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    return audit.actions(database)


def _shown(grant: Grant, row: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of a line. What could name a person is for who brought the file, and for the custodian."""
    detail: dict[str, Any] = json.loads(row["detail"])
    if grant.is_custodian or row["actor"] == grant.actor:
        return detail
    return {name: value if _is_plain(name, value) else WITHHELD for name, value in detail.items()}


def _is_plain(name: str, value: object) -> bool:
    """Whether a value of a line names no file and no record: numbers of files that were brought name none."""
    return name not in _NAMING or value is None or bool(_NUMBER.fullmatch(str(value)))


def _next_day(text: str | None) -> str | None:
    """The day after a day; a moment as it is."""
    try:
        return text and (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    except ValueError:
        return text


def note(database: Database, grant: Grant, action: str, asked: Mapping[str, object]) -> None:
    """Write into the trail that it was read.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    said = {name: value for name, value in asked.items() if value is not None}
    audit.record(database, grant.actor, action, said)


def verify(database: Database, grant: Grant, *, head: str | None, backup: Path | None) -> Verified:
    """Look whether a line was changed, removed or put in, and whether the trail goes on from an earlier end.

    Parameters
    ----------
    head : str, optional
        Where the trail ended once, as an earlier call said.
    backup : Path, optional
        A backup, which says where it ended then.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    UsageError
        `head` is not of that form.
    UnreadableFileError
        The backup cannot be read.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    ends = [("the end that was given", _read_head(head))] if head else []
    if backup is not None:
        archive = Archive(backup)
        archive.close()
        if archive.manifest.trail is None:
            raise UsageError(
                f"{backup}: was made before lines had hashes; it does not say where the trail ended"
            )
        ends.append((f"the end in {backup.name}", archive.manifest.trail))
    with database.operations.connect() as connection:
        chain = audit_chain.verify(connection)
        gone = [
            f"{what}, line {line}, is not in this trail: its end was removed, or all of it was rewritten"
            for what, (line, fingerprint) in ends
            if not audit_chain.holds(connection, line, fingerprint)
        ]
    faults = [f"line {fault.line} {fault.what}" for fault in chain.faults]
    return Verified(chain.lines, f"{chain.last}:{chain.hash}" if chain.last else "", (*faults, *gone))


def export(database: Database, grant: Grant, path: Path) -> int:
    """Write the whole trail into a file of one JSON object a line, hashes too; how many lines.

    The file is its owner's alone. That it was made is in the trail (and not in the file), or there is none.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts.
    UnreadableFileError
        The file exists, or cannot be written.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    if path.exists():
        raise UnreadableFileError(f"{path}: exists already; name another file")
    count = 0
    try:
        with PartFile(path) as part, database.operations.connect() as connection:
            for row in audit.every(connection):
                part.handle.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                count += 1
            part.handle.flush()
            audit.record(database, grant.actor, "audit export", {"file": path.name, "lines": count})
    except OSError as error:
        if refusal := store.refusal(error):
            raise refusal from error
        raise UnreadableFileError(f"{path}: cannot be written ({error.strerror})") from error
    return count


def _read_head(text: str) -> tuple[int, str]:
    said = _HEAD.fullmatch(text.strip().lower())
    if said is None:
        raise UsageError("--head: give what `audit verify` printed, such as 12:9f86d08...")
    return int(said[1]), said[2]


def _moment(text: str | None) -> str | None:
    """A day in Cambodia or a moment, as the trail writes moments."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text)
            moment = datetime(day.year, day.month, day.day, tzinfo=TIME_ZONE)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)
    except ValueError:
        raise UsageError(
            f"--since is '{text}': give a day such as 2026-01-31, or a moment such as 2026-01-31T08:30"
        ) from None
    return audit.written(moment)
