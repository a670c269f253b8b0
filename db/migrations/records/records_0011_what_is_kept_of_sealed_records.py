"""Old records may be reduced to sealed sums: their sums, their fingerprints, and who had reported."""

import sqlalchemy as sa
from alembic import op

revision = "records_0011"
down_revision = "records_0010"
branch_labels = None
depends_on = None

_MEASURES = ("testing", "treatment", "completion", "eligibility", "positivity", "yield")
_NAMES = ("records", *(f"{m}_{part}" for m in _MEASURES for part in ("numerator", "denominator", "unknown")))


def upgrade() -> None:
    op.create_table(
        "sealed_sum",
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("stratum", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _NAMES),
        sa.PrimaryKeyConstraint(
            "dimension", "period", "disease", "place", "stratum", name=op.f("pk_sealed_sum")
        ),
        sqlite_with_rowid=False,
    )
    for name, more in (("sealed_line_list", True), ("sealed_unlisted", False)):
        stratum = [sa.Column("stratum", sa.Integer(), autoincrement=False, nullable=False)] if more else []
        op.create_table(
            name,
            sa.Column("facility_key", sa.String(length=80), nullable=False),
            sa.Column("disease", sa.String(length=16), nullable=False),
            sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
            *stratum,
            *(sa.Column(column, sa.Integer(), nullable=False) for column in (_NAMES if more else ())),
            sa.PrimaryKeyConstraint(
                "facility_key", "disease", "period", *(["stratum"] if more else []), name=op.f(f"pk_{name}")
            ),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "sealed_record",
        sa.Column("identity", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("identity", "content", name=op.f("pk_sealed_record")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_report",
        sa.Column("facility_key", sa.String(length=80), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("facility_key", "period", name=op.f("pk_sealed_report")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_batch",
        sa.Column(
            "batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("brought", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_sealed_batch")),
    )


def downgrade() -> None:
    """The sums of what was sealed would be lost at the next rebuild."""
    for name in ("sum", "line_list", "unlisted", "record", "report", "batch"):
        op.drop_table(f"sealed_{name}")
