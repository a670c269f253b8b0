"""Referrals and sessions as sums, records that a worklist looks at, and what sums of old records do not say.

Items, needs and treatment were counted from operations_0019 on, how long steps took from operations_0020 on,
and what became of referrals, and sessions, from here on. Records that were reduced to sums before hold none
of it: of their days it is unknown, and not zero.
"""

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

from surveillance.reception.lasting import course
from surveillance.reception.worklists import due

revision = "operations_0021"
down_revision = "operations_0020"
branch_labels = None
depends_on = None

_NEEDS = ("items", "pregnant", "presumptive_tb", "to_vaccinate", "tb_treatment", "treated")
_RECORD = sa.table(
    "reception_record",
    *map(sa.column, ("subject", "kind", "item", "crossing", "fields")),
    *(sa.column(name, sa.Date()) for name in ("day", "due")),
    sa.column("withdrawn", sa.Boolean()),
)
_COURSES = sa.table(
    "cube_referrals",
    *(sa.column(name, sa.Date()) for name in ("day", "sent")),
    *map(sa.column, ("crossing", "arrived", "outcome", "referrals")),
)
_SEALED = sa.table(
    "sealed_arrivals", sa.column("day", sa.Date()), *map(sa.column, ("crossing", "referred", *_NEEDS))
)
_TIMES = sa.table("sealed_arrival_times", sa.column("day", sa.Date()), sa.column("crossing"))
_TALLIES = ("vans", "surges", "men", "women", "boys", "girls", "urgent", "sessions")
_VANS = sa.table("cube_arrival_vans", sa.column("day", sa.Date()), *map(sa.column, ("crossing", *_TALLIES)))
_GAP = sa.table("sum_gap", *map(sa.column, ("what", "crossing")), sa.column("until", sa.Date()))


def upgrade() -> None:
    for name in ("cube_referrals", "sealed_referrals"):
        op.create_table(
            name,
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("crossing", sa.String(length=16), nullable=False),
            sa.Column("sent", sa.Date(), nullable=False),
            sa.Column("arrived", sa.String(length=10), nullable=False),
            sa.Column("outcome", sa.String(length=20), nullable=False),
            sa.Column("referrals", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("day", "crossing", "sent", "arrived", "outcome", name=op.f(f"pk_{name}")),
        )
    op.create_table(
        "sum_gap",
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("crossing", sa.String(length=16), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("what", "crossing", name=op.f("pk_sum_gap")),
    )
    for name in ("cube_arrival_vans", "sealed_arrival_vans"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("sessions", sa.Integer(), nullable=False, server_default="0"))
        with op.batch_alter_table(name) as table:
            table.alter_column("sessions", server_default=None)
    op.add_column("reception_record", sa.Column("due", sa.Date(), nullable=True))
    op.create_index("ix_reception_record_due", "reception_record", ["kind", "crossing", "due"])
    connection = op.get_bind()
    _fill(connection)
    _count_sessions(connection)
    _note_gaps(connection)


def _fill(connection) -> None:
    """Of the records that are held: their sums, and when a worklist looks at them."""
    found: Counter = Counter()
    dues = []
    wanted = _RECORD.c.kind.in_(("arrival", "referral"))
    for row in connection.execute(sa.select(_RECORD).where(wanted, ~_RECORD.c.withdrawn)):
        fields = json.loads(row.fields)
        if (when := due(row.kind, fields, row.day)) is not None:
            dues.append({"s": row.subject, "k": row.kind, "i": row.item, "when": when})
        if row.kind == "referral" and (came := course(fields, row.day, row.crossing)) is not None:
            found[came] += 1
    if dues:
        keys = {"subject": "s", "kind": "k", "item": "i"}
        same = [_RECORD.c[name] == sa.bindparam(key) for name, key in keys.items()]
        connection.execute(_RECORD.update().where(*same).values(due=sa.bindparam("when")), dues)
    if found:
        rows = [one._asdict() | {"referrals": many} for one, many in found.items()]
        connection.execute(_COURSES.insert(), rows)


def _count_sessions(connection) -> None:
    """Sessions that were held, by day and crossing."""
    found: Counter = Counter()
    wanted = _RECORD.c.kind == "session"
    for row in connection.execute(sa.select(_RECORD).where(wanted, ~_RECORD.c.withdrawn)):
        found[row.day, row.crossing] += bool(json.loads(row.fields).get("held_at"))
    for (day, crossing), many in found.items():
        same = (_VANS.c.day == day, _VANS.c.crossing == crossing)
        if many and not connection.execute(_VANS.update().where(*same).values(sessions=many)).rowcount:
            none = dict.fromkeys(_TALLIES, 0)
            row = none | {"day": day, "crossing": crossing, "sessions": many}
            connection.execute(_VANS.insert().values(row))


def _note_gaps(connection) -> None:
    """Up to which day sums of old records say nothing of what was counted later.

    Where a day of a crossing holds any of it, that day and those after it were reduced later, and say it.
    """
    day, gate = _SEALED.c.day, _SEALED.c.crossing
    needed = sa.or_(*(_SEALED.c[name] > 0 for name in _NEEDS))
    said = {
        "needs": sa.select(gate, sa.func.min(day)).where(needed).group_by(gate),
        "times": sa.select(_TIMES.c.crossing, sa.func.min(_TIMES.c.day)).group_by(_TIMES.c.crossing),
    }
    for what in ("needs", "times", "referrals", "sessions"):
        from_ = dict(map(tuple, connection.execute(said[what]))) if what in said else {}
        last: dict = {}
        for crossing, held in connection.execute(sa.select(gate, day).distinct()):
            if crossing not in from_ or held < from_[crossing]:
                last[crossing] = max(held, last.get(crossing, held))
        rows = [{"what": what, "crossing": crossing, "until": until} for crossing, until in last.items()]
        if rows:
            connection.execute(_GAP.insert(), rows)


def downgrade() -> None:
    op.drop_index("ix_reception_record_due", table_name="reception_record")
    with op.batch_alter_table("reception_record") as table:
        table.drop_column("due")
    for name in ("sealed_arrival_vans", "cube_arrival_vans"):
        with op.batch_alter_table(name) as table:
            table.drop_column("sessions")
    for name in ("sum_gap", "sealed_referrals", "cube_referrals"):
        op.drop_table(name)
