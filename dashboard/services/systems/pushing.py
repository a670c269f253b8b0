"""Values that a DHIS2 is sent: first tried there, then sent as they were tried, and nothing that is hidden.

What is sent is what the role that the system stands for sees. Where a number is hidden, unknown, not reported
or not due, or where other days are issued than were asked for, nothing is sent: a blank is no zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import view
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.systems import desk
from dashboard.services.systems.client import Client
from dashboard.services.systems.parts import number
from dashboard.services.systems.queue import client_of
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.systems.definition import NUMERATOR, Definition, Push, Sent, read_definition
from db.intake.values.codes import visible
from db.operations.systems import pushes
from db.operations.systems.connected import System
from db.operations.systems.pushes import Pushed
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.errors import NotPermittedError, OtherSystemError, UsageError
from surveillance.report_periods import parse_report_period, report_periods_between
from surveillance.status import Status
from surveillance.texts import N_

PATH = "/api/dataValueSets"
#: Periods of one push.
MOST_PERIODS = 60
#: Statuses of a number that is known; nobody to count is a zero.
_KNOWN = frozenset({Status.VALUE, Status.ZERO, Status.NOBODY})
NOT_OVER = N_("the period is not over")
OTHER_DAYS = N_("other days are issued")
WHY: dict[Status, str] = {
    Status.HIDDEN: N_("hidden"),
    Status.NOT_REPORTED: N_("not reported"),
    Status.UNKNOWN: N_("unknown"),
    Status.NOT_YET_DUE: N_("not yet due"),
}
#: Columns of a list of values.
COLUMNS = ("element", "category", "period", "province", "unit", "value", "left_out")


@dataclass(frozen=True)
class Value:
    """One number of a period and a province: what is sent, or why it is not."""

    sent: Sent
    period: str
    province: str
    unit: str
    value: int | None
    left_out: str = ""

    def as_row(self) -> dict[str, Any]:
        """By `COLUMNS`."""
        return {
            "element": self.sent.element,
            "category": self.sent.category or None,
            "period": self.period,
            "province": self.province,
            "unit": self.unit,
            "value": self.value,
            "left_out": self.left_out or None,
        }


@dataclass(frozen=True)
class Answered:
    """What a DHIS2 said of values: how many it takes, and what it does not."""

    imported: int
    updated: int
    ignored: int
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """Values, what the system said of them, and what names this very set of values."""

    values: tuple[Value, ...]
    answer: Answered
    fingerprint: str
    number: int

    @property
    def sent(self) -> list[Value]:
        """Those that are sent."""
        return [one for one in self.values if one.value is not None]


def attempt(
    database: Database, grant: Grant, settings: Settings, system: System, first: date, last: date
) -> Tried:
    """Try values at a DHIS2, which stores nothing; what it says is kept, so that they can be sent.

    Raises
    ------
    NotPermittedError
        The grant may not send, or may not see what the role sees that the system stands for.
    UsageError
        The system is sent nothing, or the days are wrong.
    OtherSystemError
        The system refuses: says why.
    """
    definition, push = _definition(grant, system)
    values = _values(database, grant, push, first, last)
    payload = _payload(push, values)
    fingerprint = _fingerprint(definition, push, payload)
    client = client_of(database, settings, system, definition)
    answer = _posted(client, push, payload, dry=True)
    kept = pushes.keep(
        database, grant.actor, system.id, first, last, push.role, fingerprint,
        json.dumps(payload), json.dumps([one.as_row() for one in values if one.value is None]), _said(answer),
    )  # fmt: skip
    return Tried(tuple(values), answer, fingerprint, kept)


def send(database: Database, grant: Grant, settings: Settings, system: System, fingerprint: str) -> Answered:
    """Send values that were tried, where they are still the same.

    Raises
    ------
    NotPermittedError
        As :func:`attempt`.
    UsageError
        Nothing was tried under that name, it was sent, the system would not take all of it, or a number is
        another now.
    OtherSystemError
        The system refuses: says why.
    """
    definition, push = _definition(grant, system)
    tried = pushes.tried(database, system.id, fingerprint)
    if tried is None:
        raise UsageError(
            "send: nothing was tried that is called {name}: try it first", "send", name=fingerprint[:20]
        )
    if tried.sent_at is not None:
        raise UsageError(
            "send: {name} was sent already; try it anew to send it again", "send", name=fingerprint[:20]
        )
    if json.loads(tried.answer)["ignored"]:
        raise UsageError(
            "send: the system would not take all of {name}: mend [push], and try it again", "send",
            name=fingerprint[:20],
        )  # fmt: skip
    values = _values(database, grant, push, tried.first, tried.last)
    payload = _payload(push, values)
    if _fingerprint(definition, push, payload) != tried.fingerprint:
        raise UsageError("send: a number is another than it was when it was tried: try it again", "send")
    client = client_of(database, settings, system, definition)
    answer = _posted(client, push, payload, dry=False)
    pushes.note_sent(database, grant.actor, tried.id, system.id, len(payload["dataValues"]), _said(answer))
    return answer


def listed(database: Database, grant: Grant, system: int) -> list[Pushed]:
    """What was tried at a system, and sent, the newest first."""
    desk.check_looks(grant)
    return pushes.listed(database, system)


def _definition(grant: Grant, system: System) -> tuple[Definition, Push]:
    desk.check(grant)
    grant.check(Permission.EXPORT_TABLES)
    definition = read_definition(system.text.encode(), system.name)
    if definition.push is None:
        raise UsageError("push: {name} is sent nothing: its text has no [push]", "push", name=system.name)
    role = replace(grant, role=definition.push.role)
    for permission in (Permission.SEE_SMALL_COUNTS, Permission.SEE_SENSITIVE_DETAIL):
        if role.can(permission) and not grant.can(permission):
            raise NotPermittedError("you may not send what the role {role} sees", role=definition.push.role)
    return definition, definition.push


def _values(database: Database, grant: Grant, push: Push, first: date, last: date) -> list[Value]:
    """Every number that is asked for, or why it is not sent."""
    if first > last:
        raise UsageError("from: lies after to", "from")
    wrong = [code for code in push.units if code not in PROVINCES]
    if wrong:
        raise UsageError("push: '{code}' is no P-code of a province (KH01)", "push", code=wrong[0])
    today = today_in_cambodia()
    role = replace(grant, role=push.role)
    periods = [
        period
        for period in report_periods_between(push.periods, first, last)
        if first <= parse_report_period(period)[0] and parse_report_period(period)[1] <= last
    ]
    if not 0 < len(periods) <= MOST_PERIODS:
        raise UsageError("from: the days hold no whole {kind}, or more than {most}", "from",
                         kind=push.periods, most=MOST_PERIODS)  # fmt: skip
    found: list[Value] = []
    for period in periods:
        start, end = parse_report_period(period)
        tables: dict[tuple[str, str], CoverageTable] = {}
        for one in push.values:
            key = (one.disease, one.measure)
            if end < today and key not in tables:
                query = CoverageQuery(
                    disease=one.disease, by="province", measure=one.measure, start=start, end=end
                )
                tables[key] = view.table(database, role, query, today)
            found += _of_period(push, one, period, tables.get(key), (start, end))
    return found


def _of_period(
    push: Push, one: Sent, period: str, table: CoverageTable | None, days: tuple[date, date]
) -> list[Value]:
    by_code = {} if table is None else {row.area.code: row.value for row in table.rows}
    found = []
    for province, unit in sorted(push.units.items()):
        value, why = None, NOT_OVER
        if table is not None:
            value, why = _number(one, table, by_code.get(province), days)
        found.append(Value(one, period, province, unit, value, why))
    return found


def _number(
    one: Sent, table: CoverageTable, value: Estimate | None, days: tuple[date, date]
) -> tuple[int | None, str]:
    """The number of a province, or why there is none to send."""
    if value is None:
        return None, WHY[Status.NOT_REPORTED]
    if value.status not in _KNOWN:
        return None, WHY[value.status]
    used = table.whole or table.period
    if used is None or (used.start, used.end) != days:
        return None, OTHER_DAYS
    found = value.numerator if one.part == NUMERATOR else value.denominator
    if found is None:
        return (0, "") if value.status is Status.NOBODY else (None, WHY[Status.HIDDEN])
    return found, ""


def _payload(push: Push, values: Sequence[Value]) -> dict[str, Any]:
    sent = [
        {"dataElement": one.sent.element, "period": one.period, "orgUnit": one.unit, "value": str(one.value)}
        | ({"categoryOptionCombo": one.sent.category} if one.sent.category else {})
        for one in values
        if one.value is not None
    ]
    return ({"dataSet": push.data_set} if push.data_set else {}) | {"dataValues": sent}


def _fingerprint(definition: Definition, push: Push, payload: Mapping[str, Any]) -> str:
    said = json.dumps([definition.address, push.strategy, payload], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _posted(client: Client, push: Push, payload: Mapping[str, Any], *, dry: bool) -> Answered:
    """What the system says of values; those that it does not take are told as conflicts."""
    wanted = len(payload["dataValues"])
    if not wanted:
        return Answered(0, 0, 0, ())
    asked = [("dryRun", "true" if dry else "false"), ("importStrategy", push.strategy), ("async", "false")]
    given = client.post(PATH, asked, payload, takes=frozenset({409}))
    outer = given if isinstance(given, dict) else {}
    inner = outer["response"] if isinstance(outer.get("response"), dict) else outer
    counts = inner.get("importCount")
    if not isinstance(counts, dict):
        words = visible(str(outer.get("message") or "-"), 200)
        raise OtherSystemError(UNREAD, host=client.host, words=words)
    said = inner.get("conflicts")
    conflicts = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    told = tuple(visible(str(one.get("value") or "-"), 200) for one in conflicts[:20])
    imported, updated, ignored = (
        number(counts.get(name)) or 0 for name in ("imported", "updated", "ignored")
    )
    return Answered(imported, updated, max(ignored, wanted - imported - updated), told)


UNREAD = N_("{host}: does not say how many values it took: {words}")


def _said(answer: Answered) -> str:
    return json.dumps(
        {"imported": answer.imported, "updated": answer.updated, "ignored": answer.ignored}
        | {"conflicts": list(answer.conflicts)}
    )
