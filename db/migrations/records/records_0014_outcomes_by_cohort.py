"""Completion is kept by cohort, with the facility that knows the outcomes; cubes no longer count it."""

import calendar
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "records_0014"
down_revision = "records_0013"
branch_labels = None
depends_on = None

_PARTS = ("cured", "completed", "died", "failed", "lost", "not_evaluated", "moved", "unknown")
_KEYS = {
    "disease": sa.SmallInteger(),
    "dimension": sa.SmallInteger(),
    "period": sa.Integer(),
    "place": sa.String(length=80),
    "facility": sa.String(length=80),
    "due": sa.Integer(),
    "stratum": sa.Integer(),
}
_DAY_KEYS = {
    "disease": sa.SmallInteger(),
    "facility": sa.String(length=80),
    "batch": sa.Integer(),
    "day": sa.Integer(),
}
_KINDS = ("care", "home", "infection", "crossing", "facility")
#: Disease -> its number, and its follow-up time in days.
_DISEASES = {
    "malaria": (0, 28), "tb": (1, 365), "hiv": (2, 365), "syphilis": (3, 28), "hepatitis_b": (4, 365),
    "hepatitis_c": (5, 168), "dengue": (6, 28), "measles": (7, 28), "covid19": (8, 28), "ili": (9, 28),
    "sari": (10, 28), "awd": (11, 28), "cholera": (12, 28),
}  # fmt: skip
_SENSITIVE = ("hiv", "syphilis")
_SUMS = ("completion_numerator", "completion_denominator", "completion_unknown")
_FIRST_DAY = date(1970, 1, 1)


def upgrade() -> None:
    for name in ("cube_cohort", "sealed_cohort"):
        _table(name, _KEYS, _PARTS)
    for name in ("cube_outcome_day", "sealed_outcome_day"):
        _table(name, _DAY_KEYS, ("records",))
    _keep_sealed()
    cubes = [f"cube_{kind}{family}" for kind in _KINDS for family in ("", "_by_group", "_by_stratum")]
    for name in (*cubes, "cube_person", "sealed_sum", "sealed_person_sum"):
        _count_no_more(name)


def _table(name: str, keys: dict, sums: tuple[str, ...]) -> None:
    op.create_table(
        name,
        *(sa.Column(key, kind, autoincrement=False, nullable=False) for key, kind in keys.items()),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in sums),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _keep_sealed() -> None:
    """Of records that are held no longer, what was kept: completed or not, and what was blank.

    Who was left blank may have started or not: that stays unknown. By home, infection and crossing nothing
    says which facility it was: these are due after the follow-up time alone.
    """
    connection = op.get_bind()
    names = ("disease", "period", "stratum", *_SUMS)
    rows: list[dict] = []
    days: Counter[tuple[int, str, int]] = Counter()
    for *row, dimension, place in _completed(connection, "sealed_sum", (*names, "dimension", "place")):
        sensitive = row[0] in _SENSITIVE
        if dimension != "facility" and (dimension != "care" or sensitive):
            rows.append(_cohort(row, dimension, place, ""))
    for *row, facility in _completed(connection, "sealed_line_list", (*names, "facility_key")):
        if row[0] not in _SENSITIVE:
            rows.append(_cohort(row, "facility", "", facility))
            if row[4]:  # answered: known on the day on which it was due
                days[rows[-1]["disease"], facility, rows[-1]["due"]] += row[4]
    care = sa.table("sealed_sum", *map(sa.column, ("disease", "dimension", "period", "records")))
    weekly = sa.select(care.c.disease, care.c.period, care.c.records).where(
        care.c.dimension == "care", care.c.disease.in_(_SENSITIVE)
    )
    for disease, period, records in connection.execute(weekly).all():
        first = _FIRST_DAY + timedelta(days=period)  # the whole week before the cell is known at least
        days[_DISEASES[disease][0], "", period - first.isoweekday() % 7] += records
    if days := +days:
        kept = sa.table("sealed_outcome_day", *map(sa.column, (*_DAY_KEYS, "records")))
        known = [
            {"disease": disease, "facility": facility, "batch": 0, "day": day, "records": records}
            for (disease, facility, day), records in days.items()
        ]
        connection.execute(kept.insert(), known)
    if rows:
        target = sa.table("sealed_cohort", *map(sa.column, (*_KEYS, *_PARTS)))
        connection.execute(target.insert(), rows)


def _completed(connection: sa.Connection, name: str, columns: tuple[str, ...]) -> Sequence[sa.Row]:
    """The sums of a table that count anybody's completion."""
    table = sa.table(name, *map(sa.column, columns))
    return connection.execute(sa.select(table).where(sa.or_(*(table.c[sums] != 0 for sums in _SUMS)))).all()


def _cohort(row: list, dimension: str, place: str, facility: str) -> dict:
    disease, period, stratum, done, started, unknown = row
    number, days = _DISEASES[disease]
    first = _FIRST_DAY + timedelta(days=period)
    last = min(
        first + timedelta(days=6 - first.weekday()),
        first.replace(day=calendar.monthrange(first.year, first.month)[1]),
    )
    found = dict.fromkeys(_PARTS, 0) | {
        "completed": done,
        "not_evaluated": started - done,
        "unknown": unknown,
    }
    return found | {
        "disease": number,
        "dimension": _KINDS.index(dimension),
        "period": period,
        "place": place,
        "facility": facility,
        "due": (last - _FIRST_DAY).days + days,
        "stratum": stratum,
    }


def _count_no_more(name: str) -> None:
    """Completion is zero, and rows that counted nothing else go."""
    zero = ", ".join(f"{column} = 0" for column in _SUMS)
    some = " OR ".join(f"{column} <> 0" for column in _SUMS)
    op.execute(f"UPDATE {name} SET {zero} WHERE {some}")  # noqa: S608 - names of our own tables
    inspected = sa.inspect(op.get_bind())
    keys = inspected.get_pk_constraint(name)["constrained_columns"]
    sums = [column["name"] for column in inspected.get_columns(name) if column["name"] not in keys]
    empty = " AND ".join(f'"{column}" = 0' for column in sums)
    op.execute(f"DELETE FROM {name} WHERE {empty}")  # noqa: S608


def downgrade() -> None:
    for name in ("cube_cohort", "sealed_cohort", "cube_outcome_day", "sealed_outcome_day"):
        op.drop_table(name)
