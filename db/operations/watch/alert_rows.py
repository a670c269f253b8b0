"""Rows of the register of alerts as they are read, and which of them a scope holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from db.core.scope import Scope
from db.tables.watch.alerts import alert


@dataclass(frozen=True)
class Where:
    """Whose an alarm is; a blank province is the whole country."""

    province: str | None = None
    district: str | None = None
    facility: str | None = None


@dataclass(frozen=True)
class Step:
    """One step of an alert."""

    at: str
    actor: str
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Alert:
    """One alert as it is stored; see `db.tables.watch.alerts`."""

    id: int
    rule: str
    version: int
    disease: str
    level: str
    place: str
    province: str | None
    district: str | None
    facility: str | None
    immediate: bool
    raised_at: str
    data_version: int
    first: date
    day: date
    first_case: date
    count: int
    threshold: float
    above: bool
    counts: Mapping[date, int]
    curve: Mapping[date, int]
    also: tuple[tuple[str, str], ...]
    last_day: date
    last_count: int
    last_counts: Mapping[date, int]
    level_now: str
    owner: str | None
    looked_at: str | None
    verified: bool | None
    event: str | None
    outcome: str | None
    closed_at: str | None
    recurrence: float | None = None
    cluster: str | None = None
    path: str | None = None
    night: date | None = None
    outbreak: int | None = None
    met: Mapping[str, Any] = field(default_factory=dict)
    told_count: int | None = None

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.closed_at is None

    @property
    def earliest(self) -> date:
        """First day that holds a case of it."""
        return min((self.first, *self.last_counts))


@dataclass(frozen=True)
class Run:
    """A run of the rules that came to its end."""

    made_at: str
    data_version: int
    first: date
    day: date
    asked: int
    alarms: int
    raised: int
    chance: float | None = None
    allowed: int | None = None


def within(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Alerts of a scope's places and programmes; those of the whole country are for national accounts."""
    found: list[sa.ColumnElement[bool]] = []
    if scope.diseases is not None:
        found.append(alert.c.disease.in_(sorted(scope.diseases)))
    if scope.provinces is not None:
        found.append(
            sa.or_(
                alert.c.province.in_(sorted(scope.provinces)),
                sa.and_(alert.c.level != "province", alert.c.district.in_(sorted(scope.districts))),
                alert.c.facility.in_(sorted(scope.facilities)),
            )
        )
    return found


def load(text: str) -> dict[date, int]:
    return {date.fromisoformat(day): number for day, number in json.loads(text).items()}


def read(connection: Connection, query: sa.Select) -> list[Alert]:
    return [_alert(row) for row in connection.execute(query)]


def _alert(row: Row) -> Alert:
    held = dict(row._mapping)
    for name in ("counts", "curve", "last_counts"):
        held[name] = load(held[name])
    held["met"] = json.loads(held["met"]) if held["met"] else {}
    held["also"] = tuple((level, place) for level, place in json.loads(held["also"]))
    return Alert(**held)
