"""Aggregate reports: their values, and what they add to the line lists."""

import sqlalchemy as sa
from alembic import op

revision = "records_0010"
down_revision = "records_0006"
branch_labels = None
depends_on = None

_MEASURES = ("testing", "treatment", "completion", "eligibility", "positivity", "yield")
_PARTS = ("numerator", "denominator", "unknown")


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def upgrade() -> None:
    op.create_table(
        "aggregate_value",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("source", 80),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("superseded_batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("identity", sa.LargeBinary(16), nullable=False),
        sa.Column("content", sa.LargeBinary(16), nullable=False),
        _number("row_number"),
        _text("facility_id", 80),
        _text("facility_key", 80),
        _text("disease", 16),
        _text("item", 12),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _number("first_cell"),
        _number("last_cell"),
        _number("stratum"),
        sa.Column("value", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_aggregate_value"),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name="fk_aggregate_value_batch"),
        sa.ForeignKeyConstraint(
            ["superseded_batch"], ["batch.id"], name="fk_aggregate_value_superseded_batch"
        ),
    )
    current = sa.text("superseded_batch IS NULL")
    op.create_index(
        "uq_aggregate_value_current",
        "aggregate_value",
        ["identity"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_index("ix_aggregate_value_identity", "aggregate_value", ["identity"])
    op.create_index("ix_aggregate_value_facility_key", "aggregate_value", ["facility_key", "disease"])
    op.create_index("ix_aggregate_value_batch", "aggregate_value", ["batch"])
    for name, place in (("aggregate_facility", "facility_key"), ("aggregate_care", "place")):
        op.create_table(
            name,
            _text("disease", 16),
            _text(place, 80),
            *(
                sa.Column(key, sa.Integer(), autoincrement=False, nullable=False)
                for key in ("first_cell", "last_cell", "stratum")
            ),
            _number("reports"),
            _number("records"),
            *(_number(f"{measure}_{part}") for measure in _MEASURES for part in _PARTS),
            sa.PrimaryKeyConstraint(
                "disease", place, "first_cell", "last_cell", "stratum", name=f"pk_{name}"
            ),
            sqlite_with_rowid=False,
        )


def downgrade() -> None:
    for name in ("aggregate_care", "aggregate_facility", "aggregate_value"):
        op.drop_table(name)
