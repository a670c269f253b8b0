"""Releases: their queue, what is stored of each, which one is in force. Nothing here is read within a scope.

A release waits (`waiting`), is prepared or audited (`working`), and ends `done`, `failed` or `cancelled`;
see db.operations.lease_queue for the rest. One that is done may be audited again, and issued; one that is
issued is never changed (triggers of the database see to that).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import CANCELLED, DONE, FAILED, MOST_ATTEMPTS, LeaseQueue, moment
from db.tables.releases import release, release_content, release_frozen
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.texts import N_

WAITING, WORKING = "waiting", "working"
PREPARE, AUDIT = "prepare", "audit"
COMMAND_ENDED = N_("the command that prepared it was ended before it was stored: give it again")
WORN_OUT = N_("the runner was ended {times} times while it worked on this, perhaps for want of memory")
QUEUE = LeaseQueue(
    release,
    lock=8_421_900_106,
    owner="author",
    asked_at="made_at",
    ended_at="finished_at",
    waiting=WAITING,
    working=(WORKING,),
    taken=sa.literal(WORKING),
    idle=(WAITING,),
    fresh={"done": 0},
    worn_out={"error": WORN_OUT, "error_values": json.dumps({"times": MOST_ATTEMPTS})},
    in_line=release.c.at_once.is_not(True),
    left_alone={"error": COMMAND_ENDED},
)


@dataclass(frozen=True)
class Release:
    """A release as it stands. `report`: of its audit; `utility`: how much of it is hidden."""

    id: int
    made_at: str
    author: str
    since: date | None
    until: date
    lag_days: int
    thresholds: tuple[int, ...]
    previous: int | None
    data_version: int
    status: str
    task: str
    at_once: bool | None
    done: int
    total: int
    cancelled_by: str | None
    finished_at: str | None
    error: str | None
    error_values: Mapping[str, Any]
    digest: str | None
    utility: Sequence[Mapping[str, Any]]
    audit_digest: str | None
    audit_passed: bool | None
    report: Mapping[str, Any]
    audited_at: str | None
    audited_by: str | None
    issued_at: str | None
    issued_by: str | None

    @property
    def at_work(self) -> bool:
        """Whether it waits, or is worked on."""
        return self.status in (WAITING, WORKING)

    @property
    def prepared(self) -> bool:
        """Whether its content is stored."""
        return self.digest is not None

    @property
    def passed(self) -> bool:
        """Whether this very content has passed its audit."""
        return self.digest is not None and self.audit_digest == self.digest and bool(self.audit_passed)

    @property
    def issued_on(self) -> date | None:
        """The day in Cambodia on which it was issued."""
        return (
            None
            if self.issued_at is None
            else datetime.fromisoformat(self.issued_at).astimezone(TIME_ZONE).date()
        )


@dataclass(frozen=True)
class Content:
    """What a release publishes of a disease at a threshold, compressed; and its fingerprint."""

    disease: str
    threshold: int
    digest: str
    content: bytes


#: Columns of a release but for what its audit proved, which is large.
_COLUMNS = [column for column in release.c if column.name != "audit_proofs"]
_JSON: dict[str, Any] = {"utility": [], "audit_report": {}, "error_values": {}}


def _read(row: RowMapping) -> Release:
    plain = {name: row[name] for name in Release.__dataclass_fields__ if name in row and name not in _JSON}
    held = {name: json.loads(row[name]) if row[name] else empty for name, empty in _JSON.items()}
    return Release(
        **plain | {"thresholds": tuple(map(int, row["thresholds"].split()))},
        utility=held["utility"],
        report=held["audit_report"],
        error_values=held["error_values"],
    )


def add(
    database: Database,
    author: str,
    *,
    since: date | None,
    until: date,
    lag_days: int,
    thresholds: Sequence[int],
    data_version: int,
    at_once: bool,
) -> int:
    """Put a new release into the queue, or take it at once; its number.

    Raises
    ------
    UsageError
        Another one is on the way.
    """
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        QUEUE.return_abandoned(connection)
        busy = select(release.c.id).where(release.c.status.in_((WAITING, WORKING))).limit(1)
        if (other := connection.execute(busy).scalar()) is not None:
            raise UsageError("release {number} is on the way; wait for it, or stop it", number=other)
        before = in_force(connection)
        idle = {"status": WAITING, "attempts": 0, "done": 0}
        stands = QUEUE.begun() | {"status": WORKING} if at_once else idle
        made = connection.execute(
            release.insert().values(
                made_at=moment(),
                author=author,
                since=since,
                until=until,
                lag_days=lag_days,
                thresholds=" ".join(map(str, thresholds)),
                previous=before and before.id,
                data_version=data_version,
                task=PREPARE,
                at_once=at_once,
                total=0,
                **stands,
            )
        )
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        said = {"release": number, "until": until, "lag_days": lag_days, "previous": before and before.id}
        audit.write(connection, author, "release asked for", said)
        return number


def get(connection: Connection, number: int) -> Release | None:
    """One release; None where there is none of this number."""
    row = connection.execute(select(*_COLUMNS).where(release.c.id == number)).mappings().first()
    return None if row is None else _read(row)


def listed(connection: Connection, most: int = 100) -> list[Release]:
    """Releases, the newest first."""
    newest = select(*_COLUMNS).order_by(release.c.id.desc()).limit(most)
    return [_read(row) for row in connection.execute(newest).mappings()]


def in_force(connection: Connection) -> Release | None:
    """The release that was issued last; None where none has been."""
    newest = select(*_COLUMNS).where(release.c.issued_at.is_not(None)).order_by(release.c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else _read(row)


def in_force_before(connection: Connection, until: str) -> Release | None:
    """The release that was issued last before a moment (UTC, ISO); None where none had been."""
    c = release.c
    newest = select(*_COLUMNS).where(c.issued_at < until).order_by(c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else _read(row)


def issued_up_to(connection: Connection, number: int | None) -> list[Release]:
    """Every release that was issued, up to one, the oldest first."""
    every = select(*_COLUMNS).where(release.c.issued_at.is_not(None), release.c.id <= (number or 0))
    return [_read(row) for row in connection.execute(every.order_by(release.c.id)).mappings()]


def content(connection: Connection, number: int, disease: str, threshold: int) -> Content | None:
    """What a release publishes of a disease; None where it has nothing of it."""
    c = release_content.c
    one = select(c.digest, c.content).where(
        c.release == number, c.disease == disease, c.threshold == threshold
    )
    row = connection.execute(one).first()
    return None if row is None else Content(disease, threshold, row[0], bytes(row[1]))


def contents(connection: Connection, number: int) -> list[Content]:
    """Everything that a release publishes."""
    c = release_content.c
    every = select(c.disease, c.threshold, c.digest, c.content).where(c.release == number)
    return [
        Content(*row[:3], bytes(row[3])) for row in connection.execute(every.order_by(c.disease, c.threshold))
    ]


def frozen(connection: Connection, number: int) -> dict[str, bytes]:
    """Disease -> the sums behind a release, compressed."""
    c = release_frozen.c
    rows = connection.execute(select(c.disease, c.content).where(c.release == number).order_by(c.disease))
    return {disease: bytes(data) for disease, data in rows}


def proofs(connection: Connection, number: int) -> bytes | None:
    """What the audit of a release proved, compressed."""
    found = connection.execute(select(release.c.audit_proofs).where(release.c.id == number)).scalar()
    return None if found is None else bytes(found)


def keep(
    database: Database,
    number: int,
    digest: str,
    parts: Sequence[Content],
    sums: Mapping[str, bytes],
    utility: Sequence[Mapping[str, Any]],
    *,
    leave: str | None,
) -> bool:
    """Store what was prepared, whole or not at all; false where it is no longer its runner's, or was stopped.

    `leave`: the status it is left in; None where its runner goes on with it.
    """
    with write_transaction(database.operations) as connection:
        going = release.update().where(QUEUE.held(number), release.c.cancelled_by.is_(None))
        values: dict[str, Any] = {"digest": digest, "utility": json.dumps(list(utility))}
        values |= _left(leave)
        if not connection.execute(going.values(**values)).rowcount:
            return False
        for table, rows in (
            (
                release_content,
                [
                    {
                        "release": number,
                        "disease": one.disease,
                        "threshold": one.threshold,
                        "digest": one.digest,
                        "content": one.content,
                    }
                    for one in parts
                ],
            ),
            (
                release_frozen,
                [{"release": number, "disease": key, "content": data} for key, data in sums.items()],
            ),
        ):
            if rows:
                connection.execute(table.insert(), rows)
        found = get(connection, number)
        assert found is not None  # noqa: S101 - it was changed just now
        audit.write(connection, found.author, "release prepared", {"release": number, "digest": digest})
        return True


def _left(status: str | None) -> dict[str, Any]:
    return {} if status is None else {"status": status, "heartbeat": None, "finished_at": moment()}


def keep_audit(
    database: Database,
    number: int,
    by: str,
    digest: str,
    *,
    passed: bool,
    report: Mapping[str, Any],
    proofs: bytes,
) -> bool:
    """Store the report of an audit, which ends the work; false where it was stopped, or is another's now."""
    with write_transaction(database.operations) as connection:
        going = release.update().where(QUEUE.held(number), release.c.cancelled_by.is_(None))
        values = {
            "audit_digest": digest,
            "audit_passed": passed,
            "audit_report": json.dumps(report, sort_keys=True, allow_nan=False),
            "audit_proofs": proofs,
            "audited_at": moment(),
            "audited_by": by,
        }
        if not connection.execute(going.values(**values, **_left(DONE))).rowcount:
            return False
        said = {"release": number, "digest": digest, "passed": passed}
        audit.write(connection, by, "release audited", said)
        return True


def begin_audit(database: Database, number: int, by: str, *, at_once: bool) -> bool:
    """Let a prepared release be audited (again) for somebody; false where it is not so far, or issued."""
    stands = QUEUE.begun() | {"status": WORKING} if at_once else {"status": WAITING, "attempts": 0, "done": 0}
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        QUEUE.return_abandoned(connection)
        ready = sa.and_(
            release.c.id == number,
            release.c.digest.is_not(None),
            release.c.issued_at.is_(None),
            release.c.status.in_((DONE, FAILED, CANCELLED)),
        )
        fresh = {"task": AUDIT, "at_once": at_once, "audited_by": by, "cancelled_by": None}
        fresh |= {"error": None, "error_values": None, "audit_passed": None, "audit_digest": None}
        return bool(connection.execute(release.update().where(ready).values(**fresh, **stands)).rowcount)


def issue(connection: Connection, number: int, by: str, digest: str) -> bool:
    """Issue a release, in the caller's transaction; false where it is not as it was when it was looked at."""
    ready = sa.and_(
        release.c.id == number,
        release.c.status == DONE,
        release.c.digest == digest,
        release.c.audit_digest == digest,
        release.c.audit_passed.is_(True),
        release.c.author != by,
        release.c.issued_at.is_(None),
    )
    at = moment()
    if not connection.execute(release.update().where(ready).values(issued_at=at, issued_by=by)).rowcount:
        return False
    audit.write(connection, by, "release issued", {"release": number, "digest": digest})
    return True


def waiting(database: Database) -> bool:
    """Whether any release wants a runner."""
    return QUEUE.wanted(database)


def claim(database: Database) -> Release | None:
    """Take the next release; None where none waits, or one is being worked on."""
    row = QUEUE.claim(database)
    return None if row is None else _read(row)


def pulse(database: Database, number: int, done: int, total: int) -> bool:
    """Say that a release is being worked on and how far it is; whether to go on with it."""
    return QUEUE.pulse(database, number, done=done, total=total)


def cancel(database: Database, number: int, by: str) -> bool:
    """Stop a release that waits or is worked on; whether there was anything to stop."""
    if QUEUE.cancel(database, number, by) is None:
        return False
    audit.record(database, by, "release stopped", {"release": number})
    return True


def close(database: Database, number: int, status: str, error: str | None = None, **values: object) -> None:
    """A release that was begun and has no result: `failed` with the reason in words, or `cancelled`."""
    held = json.dumps(values, default=str) if values else None
    QUEUE.close(database, number, status, error=error, error_values=held)
