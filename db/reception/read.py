"""Reading records of a reception centre: of a crossing, a van, a person; their history; referrals by slip."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.reception.store import Record, read_entry, records_where
from db.tables.reception.records import reception_entry, reception_record
from surveillance.reception.entries import Entry

_T = reception_record.c
#: Subjects that one statement names.
_AT_ONCE = 5_000


class Version(NamedTuple):
    """One entry of a record's history."""

    entry: Entry
    author: str
    device: str
    received_at: str


def of_van(connection: Connection, van: str) -> list[Record]:
    """Every record of a van and of its people."""
    return records_where(connection, _T.van == van)


def of_vans(connection: Connection, vans: Collection[str]) -> list[Record]:
    """Every record of some vans and of their people."""
    return records_where(connection, _T.van.in_(vans))


def of_subjects(connection: Connection, subjects: Collection[str]) -> list[Record]:
    """Every record about some people, vans, households."""
    return records_where(connection, _T.subject.in_(subjects))


def between(
    connection: Connection, kind: str, crossings: Iterable[str] | None, since: date, until: date
) -> list[Record]:
    """Records of a kind that count on some days; crossings None: of every one."""
    where = [_T.kind == kind, _T.day.between(since, until)]
    if crossings is not None:
        where.append(_T.crossing.in_(sorted(crossings)))
    return records_where(connection, *where)


def of_kind(connection: Connection, kind: str, subjects: Collection[str]) -> dict[str, Record]:
    """The records of one kind that stand, of some subjects that have one each."""
    listed = sorted(subjects)
    found: dict[str, Record] = {}
    for start in range(0, len(listed), _AT_ONCE):
        some = listed[start : start + _AT_ONCE]
        rows = records_where(connection, _T.subject.in_(some), _T.kind == kind, ~_T.withdrawn)
        found.update((one.subject, one) for one in rows)
    return found


def open_referrals(
    connection: Connection, crossings: Iterable[str], since: date, until: date
) -> list[Record]:
    """Referrals that may still be followed: without an outcome that ends them, or of daily medicine."""
    where = (_T.kind == "referral", _T.due.between(since, until), _T.crossing.in_(sorted(crossings)))
    return records_where(connection, *where)


def with_medicine(
    connection: Connection, crossings: Iterable[str], since: date, until: date, soon: date
) -> list[Record]:
    """People who arrived on some days with daily medicine that runs out by `soon`."""
    where = (_T.kind == "arrival", _T.due.between(since, soon), _T.crossing.in_(sorted(crossings)))
    return records_where(connection, *where, _T.day.between(since, until))


def van_days(connection: Connection, crossings: Iterable[str], since: date, until: date) -> dict[date, int]:
    """Days on which vans came, the newest first, and how many."""
    where = (_T.kind == "van", _T.day.between(since, until), _T.crossing.in_(sorted(crossings)))
    query = select(_T.day, func.count()).where(*where, ~_T.withdrawn).group_by(_T.day)
    return {row[0]: row[1] for row in connection.execute(query.order_by(_T.day.desc()))}


def crossings_of(connection: Connection, subjects: Collection[str]) -> dict[str, set[str]]:
    """Where some subjects are held, by subject."""
    found: dict[str, set[str]] = {}
    query = select(_T.subject, _T.crossing).where(_T.subject.in_(subjects)).distinct()
    for subject, crossing in connection.execute(query):
        found.setdefault(subject, set()).add(crossing)
    return found


def by_slip(connection: Connection, slip: str, partners: Collection[str]) -> Record | None:
    """The referral of a slip that is to one of some partners; the newest, should two have one code."""
    where = [_T.slip == slip, _T.partner.in_(sorted(partners)), _T.withdrawn.is_(sa.false())]
    found = records_where(connection, _T.kind == "referral", *where)
    return max(found, key=lambda one: (one.day, one.item), default=None)


def versions(connection: Connection, kind: str, subject: str, item: str) -> list[Version]:
    """The history of a record, the newest first."""
    t = reception_entry.c
    query = select(reception_entry).where(t.subject == subject, t.kind == kind, t.item == item)
    rows = connection.execute(query.order_by(t.made_at.desc(), t.id.desc())).mappings()
    return [Version(read_entry(dict(row)), row["author"], row["device"], row["received_at"]) for row in rows]
