"""Tables of denominators: population figures by area and year, with their history."""

import sqlalchemy as sa
from alembic import op

revision = "records_0021"
down_revision = "records_0020"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")


def upgrade() -> None:
    op.create_table(
        "denominator_batch",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("id", name="pk_denominator_batch"),
    )
    op.create_index("ix_denominator_batch_file_sha256", "denominator_batch", ["file_sha256"])
    op.create_table(
        "denominator",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("batch", _NUMBER, nullable=False),
        sa.Column("superseded_batch", _NUMBER),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("area", sa.String(80), nullable=False),
        sa.Column("level", sa.String(24), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("sex", sa.String(8), nullable=False),
        sa.Column("age", sa.String(8), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("lower", sa.Float()),
        sa.Column("upper", sa.Float()),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("grade", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_denominator"),
        sa.ForeignKeyConstraint(["batch"], ["denominator_batch.id"], name="fk_denominator_batch"),
        sa.ForeignKeyConstraint(
            ["superseded_batch"], ["denominator_batch.id"], name="fk_denominator_superseded_batch"
        ),
    )
    op.create_index("ix_denominator_batch", "denominator", ["batch"])
    op.create_index("ix_denominator_superseded_batch", "denominator", ["superseded_batch"])
    current = sa.text("superseded_batch IS NULL")
    op.create_index(
        "uq_denominator_current",
        "denominator",
        ["kind", "area", "year", "sex", "age"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def downgrade() -> None:
    op.drop_table("denominator")
    op.drop_table("denominator_batch")
