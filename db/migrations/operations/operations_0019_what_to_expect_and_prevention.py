"""Needs, items and treatment among the sums of arrivals; figures of what to expect; remote areas."""

import json

import sqlalchemy as sa
from alembic import op

from surveillance.reception import steps

revision = "operations_0019"
down_revision = "operations_0018"
branch_labels = None
depends_on = None

_NEW = ("items", "pregnant", "presumptive_tb", "to_vaccinate", "tb_treatment", "treated")
_KINDS = ("van", "arrival", "assessment", "service", "referral")
_CUBE = sa.table(
    "cube_arrivals",
    sa.column("day", sa.Date()),
    *map(sa.column, ("crossing", "province_home", "sex", "age", "movement", *_NEW)),
)
_RECORD = sa.table(
    "reception_record",
    *map(sa.column, ("subject", "kind", "item", "van", "crossing", "fields")),
    sa.column("day", sa.Date()),
    sa.column("withdrawn", sa.Boolean()),
)


def upgrade() -> None:
    """Of what was reduced to sums before this nothing new is known: it counts as none."""
    for name in ("cube_arrivals", "sealed_arrivals"):
        with op.batch_alter_table(name) as table:
            for column in _NEW:
                table.add_column(sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
        with op.batch_alter_table(name) as table:
            for column in _NEW:
                table.alter_column(column, server_default=None)
    op.create_table(
        "load_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("per_thousand", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_load_figure")),
    )
    op.create_table(
        "remote_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_area")),
    )
    _count(op.get_bind())


def _count(connection) -> None:
    """Add up what is new of the records that are held, van by van."""
    groups: dict[str, list] = {}
    for row in connection.execute(sa.select(_RECORD).where(_RECORD.c.kind.in_(_KINDS))):
        groups.setdefault(row.van or row.subject, []).append(row)
    found: dict = {}
    for rows in groups.values():
        fields = {(row.kind, row.subject, row.item): json.loads(row.fields) for row in rows}
        days = {row.subject: (row.day, row.crossing) for row in rows if row.kind == "arrival"}
        for (cell, step), people in steps.sums(steps.people(fields, days)).items():
            if step in _NEW:
                sums = found.setdefault(cell, {})
                sums[step] = sums.get(step, 0) + people
    for cell, numbers in found.items():
        same = [_CUBE.c[name] == value for name, value in cell._asdict().items()]
        held = {name: _CUBE.c[name] + people for name, people in numbers.items()}
        connection.execute(_CUBE.update().where(*same).values(**held))


def downgrade() -> None:
    op.drop_table("remote_area")
    op.drop_table("load_figure")
    for name in ("sealed_arrivals", "cube_arrivals"):
        with op.batch_alter_table(name) as table:
            for column in reversed(_NEW):
                table.drop_column(column)
