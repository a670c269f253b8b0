"""Indicators are summed record by record, by kind of place; and what is kept of those of sealed records."""

import sqlalchemy as sa
from alembic import op

revision = "records_0020"
down_revision = "records_0019"
branch_labels = None
depends_on = None

_meta = sa.table("meta", sa.column("key"))
_FACT = "indicator_known_from"
_NAMES = ("cube_indicator", "sealed_indicator")


def upgrade() -> None:
    """What records hold is summed when the database is opened (db/indicators/update.py)."""
    for name in _NAMES:
        op.create_table(
            name,
            sa.Column("indicator", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("dimension", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("place", sa.String(length=80), nullable=False),
            sa.Column("disease", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("numerator", sa.Integer(), nullable=False),
            sa.Column("denominator", sa.Integer(), nullable=False),
            sa.Column("unknown", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(
                "indicator", "dimension", "period", "place", "disease", name=op.f(f"pk_{name}")
            ),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "cube_indicator_edition",
        sa.Column("indicator", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("indicator", name=op.f("pk_cube_indicator_edition")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("cube_indicator_edition", *reversed(_NAMES)):
        op.drop_table(name)
    op.execute(_meta.delete().where(_meta.c.key == _FACT))
