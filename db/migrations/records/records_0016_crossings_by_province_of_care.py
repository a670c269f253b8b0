"""Crossings are summed by province of care, too: for accounts of some provinces."""

import json
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from surveillance.epiweek import day_of_number, time_cell_last_day

revision = "records_0016"
down_revision = "records_0015"
branch_labels = None
depends_on = None

_MEASURES = ("testing", "treatment", "completion", "eligibility", "positivity", "yield")
_NAMES = ("records", *(f"{m}_{part}" for m in _MEASURES for part in ("numerator", "denominator", "unknown")))
_KINDS = {
    "disease": sa.SmallInteger(),
    "care": sa.String(length=8),
    "place": sa.String(length=80),
    "period": sa.Integer(),
    "stratum": sa.Integer(),
}
_CUBES = {
    "cube_border": ("disease", "care", "place", "period"),
    "cube_border_by_stratum": ("disease", "care", "period", "place", "stratum"),
}
_SEALED = {
    "facility_key": sa.String(length=80),
    "crossing": sa.String(length=16),
    "disease": sa.String(length=16),
    "period": sa.Integer(),
    "stratum": sa.Integer(),
}
_meta = sa.table("meta", sa.column("key"), sa.column("value"))
_FACT = "crossings_by_care_from"


def _create(name: str, keys: dict[str, sa.types.TypeEngine]) -> None:
    op.create_table(
        name,
        *(sa.Column(key, kind, autoincrement=False, nullable=False) for key, kind in keys.items()),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in _NAMES),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    """What is sealed already is known by crossing and by province, and not by both."""
    for name, keys in _CUBES.items():
        _create(name, {key: _KINDS[key] for key in keys})
    _create("sealed_crossing", _SEALED)
    connection = op.get_bind()
    seals = connection.execute(sa.select(_meta.c.value).where(_meta.c.key == "seals")).scalar()
    if seals and (before := [seal["before"] for seal in json.loads(seals)]):
        last = connection.execute(sa.text("SELECT max(period) FROM sealed_sum")).scalar() or 0
        after = time_cell_last_day(day_of_number(last)) + timedelta(days=1)
        day = max(after, *map(day_of_number, before))
        op.execute(_meta.insert().values(key=_FACT, value=day.isoformat()))


def downgrade() -> None:
    for name in (*_CUBES, "sealed_crossing"):
        op.drop_table(name)
    op.execute(_meta.delete().where(_meta.c.key == _FACT))
