"""The outbox: a message is put in with what it tells of, in one transaction, and goes out once.

A message waits (`waiting`, or `later` until a moment), is taken by a runner (`taken`), goes out (`sending`),
and ends `done`, `failed` (given up) or `cancelled`. A runner that is lost while `taken` has sent nothing, so
that the message waits again. One that is lost while `sending` may have sent it: the message is `unsure` until
a person says what to do. See db.operations.lease_queue for the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations import audit
from db.operations.lease_queue import CANCELLED, DONE, FAILED, LeaseQueue, moment
from db.tables.watch.messages import message
from surveillance.alerts.telling import after_quiet
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE

WAITING, LATER, TAKEN, SENDING, UNSURE = "waiting", "later", "taken", "sending", "unsure"
#: Kinds of message.
ALERT, UP, GREW, DIGEST, TEST = "alert", "up", "grew", "digest", "test"
#: Reasons that the outbox itself gives.
KILLED, WORN_OUT, ENDED, RESTORED = "killed", "worn_out", "ended", "restored"
#: Statuses about which a person may decide.
STUCK = (FAILED, UNSURE)
QUEUE = LeaseQueue(
    message,
    lock=8_421_900_109,
    owner="owner",
    asked_at="made_at",
    ended_at="ended_at",
    waiting=WAITING,
    working=(TAKEN, SENDING),
    taken=sa.literal(TAKEN),
    idle=(WAITING, LATER),
    fresh={},
    worn_out={"reason": WORN_OUT},
    never_again=(SENDING,),
    left_as={"status": UNSURE, "reason": KILLED},
)


class Told(Protocol):
    """What the outbox asks of an alert."""

    @property
    def id(self) -> int: ...
    @property
    def disease(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def province(self) -> str | None: ...
    @property
    def district(self) -> str | None: ...
    @property
    def facility(self) -> str | None: ...
    @property
    def immediate(self) -> bool: ...


@dataclass(frozen=True)
class Recipient:
    """Who is told of alerts one by one, and which.

    Parameters
    ----------
    channel, account : int
        The channel, and the account that it is for.
    scope : Scope
        Places and programmes of the account.
    level : str
        The level of these places: whose alerts go up to it.
    provinces, diseases : frozenset of str, optional
        Those it is told of alone.
    urgent : bool
        Only alerts of rules that are told at once.
    quiet : tuple of int, optional
        Hours in which nothing goes out, by the clock of Cambodia.
    through : bool
        Whether alerts of such rules go out in these hours, too.
    """

    channel: int
    account: int
    scope: Scope
    level: str
    provinces: frozenset[str] | None = None
    diseases: frozenset[str] | None = None
    urgent: bool = False
    quiet: tuple[int, int] | None = None
    through: bool = True

    def looks_after(self, alert: Told) -> bool:
        """Whether an alert lies within its places, programmes and choice; one of HIV or syphilis never."""
        if DISEASES[alert.disease].sensitive:
            return False
        chosen = (self.diseases is None or alert.disease in self.diseases) and (
            self.provinces is None or alert.province in self.provinces
        )
        return chosen and within(self.scope, alert)


def within(scope: Scope, alert: Told) -> bool:
    """Whether an alert is of a scope; as `db.operations.alerts` asks the database."""
    if not scope.covers(alert.disease):
        return False
    if scope.provinces is None:
        return True
    return (
        alert.province in scope.provinces
        or (alert.level != "province" and alert.district in scope.districts)
        or alert.facility in scope.facilities
    )


@dataclass(frozen=True)
class Message:
    """A message as it stands; see `db.tables.watch.messages`."""

    id: int
    key: str
    channel: int
    account: int | None
    kind: str
    detail: Mapping[str, Any]
    made_at: str
    due_at: str
    status: str
    tries: int
    reason: str | None
    code: int | None
    ended_at: str | None
    settled_by: str | None


def tell_raised(
    connection: Connection, alerts: Sequence[Told], recipients: Iterable[Recipient], now: datetime
) -> None:
    """Put in what tells of new alerts, in the transaction that raises them: one message a recipient."""
    for one in recipients:
        wanted = [held for held in alerts if one.looks_after(held) and (held.immediate or not one.urgent)]
        if wanted:
            loud = one.through and any(held.immediate for held in wanted)
            _put_alerts(connection, ALERT, "", one, wanted, now, quiet=None if loud else one.quiet)


def tell_up(
    connection: Connection,
    went: Sequence[tuple[Told, str]],
    recipients: Iterable[Recipient],
    now: datetime,
) -> None:
    """Put in what tells of alerts that nobody owned and that went up, to those whose level they reached."""
    for one in recipients:
        wanted = [held for held, level in went if level == one.level and one.looks_after(held)]
        if wanted:
            loud = one.through and any(held.immediate for held in wanted)
            _put_alerts(connection, UP, f"{one.level}:", one, wanted, now, quiet=None if loud else one.quiet)


def tell_grown(
    connection: Connection, grew: Sequence[tuple[Told, int]], recipients: Iterable[Recipient], now: datetime
) -> None:
    """Put in what tells of open alerts that grew, with their cases now: one message a recipient."""
    for one in recipients:
        wanted = [held for held in grew if one.looks_after(held[0]) and (held[0].immediate or not one.urgent)]
        if wanted:
            what = f"{wanted[0][1]}:"  # it may grow again: another number of cases is another message
            _put_alerts(connection, GREW, what, one, [held for held, _ in wanted], now, quiet=one.quiet)


def _put_alerts(
    connection: Connection,
    kind: str,
    what: str,
    to: Recipient,
    alerts: Sequence[Told],
    now: datetime,
    quiet: tuple[int, int] | None,
) -> None:
    numbers = [held.id for held in alerts]
    due = after_quiet(now.astimezone(TIME_ZONE), quiet)
    key = f"{kind}:{what}{numbers[0]}:{to.channel}:{to.account}"
    put(connection, key, to.channel, to.account, kind, {"alerts": numbers}, now, due)


def put(
    connection: Connection,
    key: str,
    channel: int,
    account: int | None,
    kind: str,
    detail: Mapping[str, Any],
    now: datetime,
    due: datetime,
) -> bool:
    """Put a message in; False where one with this key is there already."""
    QUEUE.alone(connection)
    if connection.execute(select(message.c.id).where(message.c.key == key)).first() is not None:
        return False
    row = {
        "key": key,
        "channel": channel,
        "account": account,
        "kind": kind,
        "detail": json.dumps(dict(detail), ensure_ascii=False, sort_keys=True),
        "owner": f"{channel}:{account or ''}",
        "made_at": _utc(now),
        "due_at": _utc(due),
        "status": WAITING if due <= now else LATER,
        "attempts": 0,
        "tries": 0,
    }
    connection.execute(message.insert().values(row))
    return True


def _utc(at: datetime) -> str:
    return moment(at.astimezone(UTC))


def wanted(database: Database, now: datetime) -> bool:
    """Whether any message is due, or was left by a runner that is gone."""
    due = select(message.c.id).where(message.c.status == LATER, message.c.due_at <= _utc(now)).limit(1)
    with database.operations.connect() as connection:
        if connection.execute(due).first() is not None:
            return True
    return QUEUE.wanted(database)


def claim(database: Database, now: datetime) -> Message | None:
    """Take the next message that is due; None where there is none."""
    late = sa.and_(message.c.status == LATER, message.c.due_at <= _utc(now))
    with database.operations.connect() as connection:
        any_late = connection.execute(select(message.c.id).where(late).limit(1)).first() is not None
    if any_late:
        with write_transaction(database.operations) as connection:
            QUEUE.alone(connection)
            connection.execute(message.update().where(late).values(status=WAITING))
    row = QUEUE.claim(database)
    return None if row is None else _message(row)


def begin(database: Database, number: int) -> bool:
    """Write down that a message goes out now; False where it is no longer its runner's, or was stopped."""
    mine = sa.and_(message.c.id == number, message.c.status == TAKEN, message.c.cancelled_by.is_(None))
    with write_transaction(database.operations) as connection:
        return bool(connection.execute(message.update().where(mine).values(status=SENDING)).rowcount)


def pulse(database: Database, number: int) -> bool:
    """Renew the lease of a message."""
    return QUEUE.pulse(database, number)


def close(database: Database, number: int, status: str, **values: Any) -> bool:
    """What a runner leaves a message as. `due`: when it waits again."""
    due = values.pop("due", None)
    if due is not None:
        values |= {"due_at": _utc(due), "attempts": 0}
    if status == UNSURE:
        values["ended_at"] = moment()
    return QUEUE.close(database, number, status, **values)


def again(database: Database, number: int, actor: str) -> bool:
    """Let a message that failed or is unsure go out once more, because a person says so."""
    fresh = {"status": WAITING, "attempts": 0, "tries": 0, "reason": None, "code": None, "heartbeat": None,
             "ended_at": None, "due_at": moment(), "made_at": moment()}  # fmt: skip
    return _decide(database, number, actor, fresh)


def arrived(database: Database, number: int, actor: str) -> bool:
    """Close a message that is unsure or failed, because a person says that it arrived, or need not."""
    return _decide(database, number, actor, {"status": DONE, "ended_at": moment()})


def _decide(database: Database, number: int, actor: str, values: Mapping[str, Any]) -> bool:
    settled = values["status"] == DONE
    action = "message settled" if settled else "message sent again"
    stuck = sa.and_(message.c.id == number, message.c.status.in_(STUCK))
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        changed = message.update().where(stuck).values(**values, settled_by=actor)
        if not connection.execute(changed).rowcount:
            return False
        audit.write(connection, actor, action, {"message": number})
        return True


def doubt(connection: Connection) -> None:
    """Make unsure what was not over when a backup was made that is restored: it may have gone out since."""
    on_the_way = message.c.status.in_((WAITING, LATER, TAKEN, SENDING))
    said = {"status": UNSURE, "reason": RESTORED, "heartbeat": None, "ended_at": moment()}
    connection.execute(message.update().where(on_the_way).values(said))


def cancel_of(connection: Connection, channels: Sequence[int]) -> None:
    """Take back what waits for channels that have ended."""
    ended = {"status": CANCELLED, "reason": ENDED, "ended_at": moment()}
    QUEUE.alone(connection)
    waits = sa.and_(message.c.channel.in_(channels), message.c.status.in_((WAITING, LATER)))
    connection.execute(message.update().where(waits).values(ended))
    taken = sa.and_(message.c.channel.in_(channels), message.c.status == TAKEN)
    connection.execute(message.update().where(taken).values(cancelled_by="system"))


def listed(
    database: Database, limit: int | None = None, channels: Sequence[int] | None = None
) -> list[Message]:
    """Messages, those about which a person has to decide first, then the newest."""
    query = select(message)
    if channels is not None:
        query = query.where(message.c.channel.in_(channels))
    order = sa.case((message.c.status == UNSURE, 0), (message.c.status == FAILED, 1), else_=2)
    query = query.order_by(order, message.c.id.desc()).limit(limit)
    with database.operations.connect() as connection:
        return [_message(row) for row in connection.execute(query).mappings()]


def counts(database: Database) -> dict[str, int]:
    """How many messages there are in each status."""
    query = select(message.c.status, func.count()).group_by(message.c.status)
    with database.operations.connect() as connection:
        return {str(status): int(number) for status, number in connection.execute(query)}


def _message(row: RowMapping) -> Message:
    held = {name: row[name] for name in Message.__dataclass_fields__}
    held["detail"] = json.loads(held["detail"])
    return Message(**held)
