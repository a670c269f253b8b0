"""Reducing old records of a reception centre to their sums: nothing that a page counts changes by it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.bulk import insert_rows
from db.reception import sums
from db.reception.store import records_where
from db.tables.reception.records import SEALED, reception_entry, reception_record, sealed_subject

_T = reception_record.c
_GROUP = sa.case((_T.van == "", _T.subject), else_=_T.van)
#: Vans, or people without one, at a time.
_AT_ONCE = 200


def seal(connection: Connection, before: date) -> tuple[int, list[str]]:
    """Reduce vans with their people, people without a van, households and days of outreach.

    Returns how many records, and whose they were.

    Only what has no record of that day or later: the outcome of a referral keeps the van it belongs to.
    """
    old = select(_GROUP).group_by(_GROUP).having(func.max(_T.day) < before)
    groups = [row[0] for row in connection.execute(old)]
    done, gone = 0, []
    for start in range(0, len(groups), _AT_ONCE):
        going = records_where(connection, _GROUP.in_(groups[start : start + _AT_ONCE]))
        sums.change(connection, sums.Sums.none(), sums.of(going), SEALED)
        subjects = sorted({one.subject for one in going})
        insert_rows(connection, sealed_subject, [(subject,) for subject in subjects])
        for few in range(0, len(subjects), 5_000):
            some = subjects[few : few + 5_000]
            connection.execute(reception_entry.delete().where(reception_entry.c.subject.in_(some)))
            connection.execute(reception_record.delete().where(_T.subject.in_(some)))
        done += len(going)
        gone += subjects
    return done, gone
