"""The register of alerts: raising, not raising again, steps, going up; each with its line of the trail."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations import audit
from db.operations.lease_queue import moment
from db.operations.messages import outbox
from db.operations.messages.outbox import Recipient
from db.operations.watch import outbreaks
from db.operations.watch.alert_rows import Alert, Run, Step, Where, load, read, within
from db.tables.watch.alerts import alert, alert_run, alert_step
from surveillance.alerts.levels import Alarm, reaches, responsible
from surveillance.alerts.repeats import (
    GROWN,
    RAISE,
    Memory,
    decide,
    grown_enough,
    remember,
    same_cases,
)
from surveillance.alerts.rules import RULES, Rule

#: Days before the first that is evaluated whose alerts are remembered.
_REMEMBERED = timedelta(days=120)
SYSTEM = "system"
#: The outcome of alerts that were found by looking back over the time before the watch began.
PAST = "past"
_PAST = {"outcome": PAST}
#: Kinds of step. The first four are the system's.
RAISED, GREW, UP, MET = "raised", "grew", "up", "met"
OWNER, LOOKED, VERIFIED, REFUTED, EVENT, NOTE, CLOSED = (
    "owner", "looked", "verified", "refuted", "event", "note", "closed",
)  # fmt: skip
BY_PEOPLE = (OWNER, LOOKED, VERIFIED, REFUTED, EVENT, NOTE, CLOSED)


def tell(
    database: Database,
    alarms: Sequence[tuple[Alarm, Where, Mapping[date, int]]],
    data_version: int,
    now: datetime,
    recipients: Sequence[Recipient] = (),
) -> int:
    """Write the alarms of one rule into the register, the earliest first; how many alerts are new.

    `alarms`: each with whose it is, and the curve of its place. `recipients`: who is told of what is new.
    What was told before is not told again (`surveillance.alerts.repeats`): the same call a second time
    changes nothing. All is one transaction, the messages in the outbox too.
    """
    if not alarms:
        return 0
    rule = alarms[0][0].rule
    earliest = min(one.verdict.first for one, _, _ in alarms)
    raised: list[Alert] = []
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.exec_driver_sql("LOCK TABLE alert IN SHARE ROW EXCLUSIVE MODE")
        outbox.QUEUE.alone(connection)  # before the trail's lock, which is taken last
        held = read(
            connection,
            select(alert)
            .where(alert.c.rule == rule.id, alert.c.last_day >= earliest - _REMEMBERED)
            .order_by(alert.c.id),
        )
        memories, newest = _memories(held)
        others = _of_other_rules(connection, rule, earliest)
        _met_before(memories, rule, others)
        grown: dict[int, Alarm] = {}
        for alarm, where, curve in alarms:
            key = alarm.key
            if _same_event(alarm, held):
                continue
            memory = memories.get(key, Memory())
            decision = decide(memory, alarm)
            if decision == RAISE and (other := _tells_of(alarm, where, others)) is not None:
                _meet(connection, other, alarm, now)
                memories[key] = remember(memory, alarm, open_=False)
                continue
            if decision == GROWN and key in newest:
                grown[newest[key]] = alarm
            elif decision == RAISE:
                made = _raise(connection, alarm, where, curve, data_version, now)
                newest[key] = made.id
                held.append(made)
                raised.append(made)
            else:
                continue
            memories[key] = remember(memory, alarm, open_=alarm.night is None)
        by_number = {one.id: one for one in held}
        grew = [
            (by_number[number], alarm.verdict.count)
            for number, alarm in grown.items()
            if _grow(connection, by_number[number], alarm, now)
        ]
        outbox.tell_raised(connection, raised, recipients, now)
        news = {one.id for one in raised}
        outbox.tell_grown(connection, [one for one in grew if one[0].id not in news], recipients, now)
    return len(raised)


_Key = tuple[str, str, str]


def _memories(held: Sequence[Alert]) -> tuple[dict[_Key, Memory], dict[_Key, int]]:
    """What was told of each place, and the alert of it that is open or was raised last."""
    memories: dict[_Key, Memory] = {}
    newest: dict[_Key, int] = {}
    for one in held:
        key = (one.level, one.place, one.cluster or "")
        before = memories.get(key, Memory())
        told = dict(before.told)
        for counts in (one.counts, one.last_counts):
            for day, number in counts.items():
                told[day] = max(number, told.get(day, 0))
        memories[key] = Memory(told, one.last_day, one.last_count, one.open)
        newest[key] = one.id
    return memories, newest


def _of_other_rules(connection: Connection, rule: Rule, earliest: date) -> list[Alert]:
    """Alerts of other rules of a disease, where an alarm may be the same event; the newest first."""
    if rule.by_chance or rule.immediate:
        return []
    query = select(alert).where(
        alert.c.disease == rule.disease,
        alert.c.rule != rule.id,
        alert.c.last_day >= earliest - _REMEMBERED,
    )
    return read(connection, query.order_by(alert.c.id.desc()))


def _met_before(memories: dict[_Key, Memory], rule: Rule, others: Sequence[Alert]) -> None:
    """Remember cases of this rule that alerts of other rules told of already."""
    for other in reversed(others):
        held = other.met.get(rule.id)
        if held is None:
            continue
        key = (held["level"], held["place"], "")
        before = memories.get(key, Memory())
        told = dict(before.told)
        for day, number in load(json.dumps(held["counts"])).items():
            told[day] = max(number, told.get(day, 0))
        day = date.fromisoformat(held["day"])
        if before.day is None or day > before.day:
            before = Memory(told, day, held["count"], before.open)
        memories[key] = replace(before, told=told)


def _tells_of(alarm: Alarm, where: Where, others: Sequence[Alert]) -> Alert | None:
    """The open alert of another rule that tells of the same cases; of several the newest."""
    own = {(alarm.level, alarm.place), ("province", where.province), ("district", where.district)}
    for other in others:
        if alarm.night is not None or other.rule not in RULES or not other.open:
            continue
        theirs = {(other.level, other.place), ("province", other.province), ("district", other.district)}
        near = "country" in (alarm.level, other.level)
        near = near or (other.level, other.place) in own or (alarm.level, alarm.place) in theirs
        if same_cases(alarm, RULES[other.rule], other.last_counts, near):
            return other
    return None


def _meet(connection: Connection, other: Alert, alarm: Alarm, now: datetime) -> None:
    """Note once that the cases of an alert meet another rule, too."""
    row = connection.execute(select(alert.c.met).where(alert.c.id == other.id)).scalar()
    met = json.loads(row) if row else {}
    first = alarm.rule.id not in met
    met[alarm.rule.id] = _cases_met(alarm)
    connection.execute(
        alert.update().where(alert.c.id == other.id).values(met=json.dumps(met, sort_keys=True))
    )
    if not first:
        return
    said = {"rule": alarm.rule.id} | _by_day(alarm)
    _step(connection, other.id, SYSTEM, MET, said, moment(now))
    audit.write(connection, SYSTEM, "alert met a rule", {"alert": other.id, "rule": alarm.rule.id})


def _cases_met(alarm: Alarm) -> dict[str, Any]:
    """The cases of another rule's alarm, as the alert that tells of them keeps them."""
    verdict = alarm.verdict
    return {
        "level": alarm.level,
        "place": alarm.place,
        "day": verdict.day.isoformat(),
        "count": verdict.count,
        "counts": {day.isoformat(): number for day, number in verdict.counts},
    }


def _over(now: datetime) -> dict[str, str]:
    """What closes an alert of the time before the watch began."""
    return {"outcome": PAST, "closed_at": moment(now)}


def _same_event(alarm: Alarm, held: Sequence[Alert]) -> bool:
    """Whether open alerts of smaller places, of which this larger one was told, explain an alarm."""
    key = (alarm.level, alarm.place)
    smaller = [one.last_count for one in held if one.open and key in one.also]
    return bool(smaller) and not reaches(alarm, alarm.verdict.count - sum(smaller))


def _raise(
    connection: Connection,
    alarm: Alarm,
    where: Where,
    curve: Mapping[date, int],
    data_version: int,
    now: datetime,
) -> Alert:
    row = _as_row(alarm, where, curve, data_version, now)
    if alarm.night is not None:  # it was over before the watch began, and asks nobody for anything
        row |= _over(now)
    made = connection.execute(alert.insert().values(row))
    number = int(made.inserted_primary_key[0])  # type: ignore[index]
    _step(connection, number, SYSTEM, RAISED, {"count": alarm.verdict.count}, moment(now))
    if alarm.night is not None:
        _step(connection, number, SYSTEM, CLOSED, _PAST, moment(now))
    audit.write(connection, SYSTEM, "alert raised", {"alert": number, "rule": alarm.rule.id})
    return read(connection, select(alert).where(alert.c.id == number))[0]


def _as_row(
    alarm: Alarm, where: Where, curve: Mapping[date, int], data_version: int, now: datetime
) -> dict[str, Any]:
    verdict, rule = alarm.verdict, alarm.rule
    counts = _dump(dict(verdict.counts))
    return {
        "rule": rule.id,
        "version": rule.version,
        "disease": rule.disease,
        "level": alarm.level,
        "place": alarm.place,
        "province": where.province,
        "district": where.district,
        "facility": where.facility,
        "immediate": rule.immediate,
        "raised_at": moment(now),
        "data_version": data_version,
        "first": verdict.first,
        "day": verdict.day,
        "first_case": verdict.counts[0][0] if verdict.counts else verdict.day,
        "count": verdict.count,
        "threshold": verdict.threshold,
        "above": verdict.above,
        "counts": counts,
        "curve": _dump(curve),
        "also": json.dumps(alarm.also),
        "last_day": verdict.day,
        "last_count": verdict.count,
        "last_counts": counts,
        "level_now": alarm.level,
        "recurrence": alarm.recurrence,
        "cluster": alarm.cluster or None,
        "path": alarm.path or None,
        "night": alarm.night,
    }


def _grow(connection: Connection, held: Alert, alarm: Alarm, now: datetime) -> bool:
    """Note that an alert grew; whether so much that it is sent again."""
    count = alarm.verdict.count
    again = grown_enough(count, held.told_count or held.count)
    values = _last(alarm) | (dict(told_count=count) if again else {})  # noqa: C408 - no line of the trail
    connection.execute(alert.update().where(alert.c.id == held.id).values(values))
    _step(connection, held.id, SYSTEM, GREW, {"count": count} | _by_day(alarm), moment(now))
    audit.write(connection, SYSTEM, "alert grew", {"alert": held.id})
    return again


def _last(alarm: Alarm) -> dict[str, Any]:
    verdict = alarm.verdict
    counts = _dump(dict(verdict.counts))
    found = {"last_day": verdict.day, "last_count": verdict.count, "last_counts": counts}
    return found | ({"path": alarm.path} if alarm.path else {})


def _by_day(alarm: Alarm) -> dict[str, str]:
    return {"day": alarm.verdict.day.isoformat()}


def go_up(database: Database, now: datetime, recipients: Sequence[Recipient] = ()) -> int:
    """Let open alerts without an owner go up a level for each 24 hours; how many went.

    Recipients whose level one reached are told in the same transaction.
    """
    went: list[tuple[Alert, str]] = []
    with write_transaction(database.operations) as connection:
        outbox.QUEUE.alone(connection)
        free = select(alert).where(alert.c.owner.is_(None), alert.c.closed_at.is_(None))
        for one in read(connection, free.order_by(alert.c.id)):
            level = responsible(one.level, datetime.fromisoformat(one.raised_at), now)  # type: ignore[arg-type]
            if level == one.level_now:
                continue
            still = alert.update().where(alert.c.id == one.id, alert.c.level_now == one.level_now)
            if connection.execute(still.values(level_now=level)).rowcount:
                _step(connection, one.id, SYSTEM, UP, {"to": level}, moment(now))
                audit.write(connection, SYSTEM, "alert went up", {"alert": one.id})
                went.append((one, level))
        outbox.tell_up(connection, went, recipients, now)
    return len(went)


def note_run(database: Database, run: Run) -> None:
    """Write down that a run came to its end."""
    with write_transaction(database.operations) as connection:
        connection.execute(alert_run.insert().values(vars(run)))


def latest_run(database: Database) -> Run | None:
    """The newest run; None before the first."""
    query = select(alert_run).order_by(alert_run.c.id.desc()).limit(1)
    with database.operations.connect() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else Run(**{name: row[name] for name in Run.__dataclass_fields__})


def ran_before(database: Database, until: str) -> bool:
    """Whether any run came to its end before a moment (UTC, ISO)."""
    query = select(alert_run.c.id).where(alert_run.c.made_at < until).limit(1)
    with database.operations.connect() as connection:
        return connection.execute(query).first() is not None


def listed(database: Database, scope: Scope, *, open_: bool | None = None) -> list[Alert]:
    """Alerts of a scope, the newest first; of one state alone where `open_` says so."""
    query = select(alert).where(*within(scope)).order_by(alert.c.id.desc())
    if open_ is not None:
        query = query.where(alert.c.closed_at.is_(None) if open_ else alert.c.closed_at.is_not(None))
    with database.operations.connect() as connection:
        return read(connection, query)


def of_numbers(database: Database, scope: Scope, numbers: Sequence[int]) -> list[Alert]:
    """Alerts of a scope by their numbers, in order; those that it does not hold are left out."""
    query = select(alert).where(alert.c.id.in_(numbers), *within(scope)).order_by(alert.c.id)
    with database.operations.connect() as connection:
        return read(connection, query)


def raised_between(database: Database, scope: Scope, since: datetime, until: datetime) -> list[Alert]:
    """Alerts of a scope that were raised from one moment on and before another, in order."""
    first, end = (moment(at.astimezone(UTC)) for at in (since, until))
    span = (alert.c.raised_at >= first, alert.c.raised_at < end)
    query = select(alert).where(*span, *within(scope)).order_by(alert.c.id)
    with database.operations.connect() as connection:
        return read(connection, query)


def one(database: Database, scope: Scope, number: int) -> tuple[Alert, list[Step]] | None:
    """An alert with its steps; None where the scope holds no such one."""
    with database.operations.connect() as connection:
        found = read(connection, select(alert).where(alert.c.id == number, *within(scope)))
        if not found:
            return None
        steps = select(alert_step).where(alert_step.c.alert == number).order_by(alert_step.c.id)
        rows = connection.execute(steps).all()
    return found[0], [Step(row.at, row.actor, row.kind, json.loads(row.detail)) for row in rows]


def steps_of_all(database: Database) -> dict[int, list[Step]]:
    """Every step of every alert, the earliest first."""
    query = select(alert_step).order_by(alert_step.c.id)
    found: dict[int, list[Step]] = {}
    with database.operations.connect() as connection:
        for row in connection.execute(query):
            found.setdefault(row.alert, []).append(Step(row.at, row.actor, row.kind, json.loads(row.detail)))
    return found


def acted_on(database: Database) -> set[int]:
    """Alerts of which a person did anything."""
    query = select(alert_step.c.alert).where(alert_step.c.kind.in_(BY_PEOPLE)).distinct()
    with database.operations.connect() as connection:
        return set(connection.execute(query).scalars())


def add_step(
    database: Database,
    scope: Scope,
    number: int,
    actor: str,
    kind: str,
    detail: Mapping[str, Any],
    changed: Mapping[str, Any],
    event: Mapping[str, Any] | None = None,
) -> bool | None:
    """Add a person's step and change the alert; False: it is closed; None: the scope holds no such one.

    `event`: the known outbreak that it belongs to, which is written down where there is none of its name.
    """
    with write_transaction(database.operations) as connection:
        found = read(connection, select(alert).where(alert.c.id == number, *within(scope)))
        if not found:
            return None
        if event is not None and found[0].open:
            changed = {**changed, "outbreak": outbreaks.of_event(connection, actor, event, datetime.now(UTC))}
        still_open = alert.update().where(alert.c.id == number, alert.c.closed_at.is_(None))
        if not connection.execute(
            still_open.values(
                {alert.c.id: number, **{alert.c[name]: value for name, value in changed.items()}}
            )
        ).rowcount:
            return False
        _step(connection, number, actor, kind, detail)
        audit.write(connection, actor, "alert step", {"alert": number, "kind": kind})
        return True


def count_open(database: Database, scope: Scope) -> int:
    """How many alerts of a scope are open."""
    query = select(func.count()).select_from(alert).where(alert.c.closed_at.is_(None), *within(scope))
    with database.operations.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _step(
    connection: Connection, number: int, actor: str, kind: str, detail: Mapping[str, Any], at: str = ""
) -> None:
    said = json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)
    row = {
        "alert": number,
        "at": at or moment(datetime.now(UTC)),
        "actor": actor,
        "kind": kind,
        "detail": said,
    }
    connection.execute(alert_step.insert().values(row))


def _dump(counts: Mapping[date, int]) -> str:
    return json.dumps({day.isoformat(): number for day, number in sorted(counts.items())})
