"""Operational districts of facilities with their days; districts of home and of infection, and their sums."""

import sqlalchemy as sa
from alembic import op

revision = "records_0023"
down_revision = "records_0022"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
_COLUMNS = ("district_home", "district_infection")
_CUBES = ("cube_district", "sealed_district")
_MEASURES = ("testing", "treatment", "completion", "eligibility", "positivity", "yield")
_SUMS = ("records", *(f"{m}_{part}" for m in _MEASURES for part in ("numerator", "denominator", "unknown")))
_CURRENT = sa.text("superseded_batch IS NULL")


def upgrade() -> None:
    """Records that name a commune of infection are summed when the database is opened."""
    op.create_table(
        "district_batch",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district_batch")),
    )
    op.create_index("ix_district_batch_file_sha256", "district_batch", ["file_sha256"])
    op.create_table(
        "facility_district",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("batch", _NUMBER, nullable=False),
        sa.Column("superseded_batch", _NUMBER),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("facility_key", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("from_cell", sa.Integer(), nullable=False),
        sa.Column("operational_district", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_district")),
        sa.ForeignKeyConstraint(
            ["batch"], ["district_batch.id"], name=op.f("fk_facility_district_batch_district_batch")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_batch"],
            ["district_batch.id"],
            name=op.f("fk_facility_district_superseded_batch_district_batch"),
        ),
    )
    op.create_index("ix_facility_district_batch", "facility_district", ["batch"])
    op.create_index("ix_facility_district_superseded_batch", "facility_district", ["superseded_batch"])
    op.create_index(
        "uq_facility_district_current",
        "facility_district",
        ["facility_key", "valid_from"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    for name in _COLUMNS:
        op.add_column("episode", sa.Column(name, sa.String(length=8), nullable=True))
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_episode_{name}", "episode", ["batch"], sqlite_where=given, postgresql_where=given
        )
    for name in _CUBES:
        op.create_table(
            name,
            sa.Column("dimension", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("disease", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("place", sa.String(length=8), nullable=False),
            *(sa.Column(column, sa.Integer(), nullable=False) for column in _SUMS),
            sa.PrimaryKeyConstraint("dimension", "disease", "period", "place", name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )


def downgrade() -> None:
    for name in reversed(_CUBES):
        op.drop_table(name)
    for name in reversed(_COLUMNS):  # one by one: to make the table anew would break what refers to it
        op.drop_index(f"ix_episode_{name}", table_name="episode")
        op.drop_column("episode", name)
    op.drop_table("facility_district")
    op.drop_table("district_batch")
