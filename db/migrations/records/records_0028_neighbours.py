"""Areas across the border, their populations and counts: dated tables with receipts."""

import sqlalchemy as sa
from alembic import op

revision = "records_0028"
down_revision = "records_0025"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OUTCOMES = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
_CURRENT = sa.text("superseded_batch IS NULL")
_SOURCE = (("source", sa.String(length=300), False), ("licence", sa.String(length=300), False))
_TABLES = {
    "neighbour_area": (
        ("code",),
        (
            ("code", sa.String(length=24), False),
            ("level", sa.String(length=8), False),
            ("parent", sa.String(length=24), False),
            ("name_en", sa.String(length=120), False),
            ("name_km", sa.String(length=120), False),
            ("name_local", sa.String(length=120), False),
            ("latitude", sa.Float(), True),
            ("longitude", sa.Float(), True),
        ),
    ),
    "neighbour_population": (
        ("area", "year"),
        (
            ("area", sa.String(length=24), False),
            ("year", sa.SmallInteger(), False),
            ("people", sa.Integer(), False),
        ),
    ),
    "neighbour_count": (
        ("area", "disease", "step", "starts"),
        (
            ("area", sa.String(length=24), False),
            ("disease", sa.String(length=24), False),
            ("step", sa.String(length=8), False),
            ("starts", sa.String(length=10), False),
            ("cases", sa.Integer(), False),
            ("reported", sa.Float(), True),
            ("published", sa.Boolean(), False),
        ),
    ),
}


def upgrade() -> None:
    """New tables; nothing that is held changes."""
    for name, (key, columns) in _TABLES.items():
        files = f"{name}_batch"
        op.create_table(
            files,
            sa.Column("id", _NUMBER, nullable=False),
            sa.Column("file_name", sa.String(length=255), nullable=False),
            sa.Column("file_sha256", sa.String(length=64), nullable=False),
            sa.Column("received_at", sa.String(length=32), nullable=False),
            sa.Column("actor", sa.String(length=120), nullable=False),
            *(sa.Column(outcome, sa.Integer(), nullable=False) for outcome in _OUTCOMES),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{files}")),
        )
        op.create_index(f"ix_{files}_file_sha256", files, ["file_sha256"])
        op.create_table(
            name,
            sa.Column("id", _NUMBER, nullable=False),
            sa.Column("batch", _NUMBER, nullable=False),
            sa.Column("superseded_batch", _NUMBER),
            sa.Column("row_number", sa.Integer(), nullable=False),
            *(sa.Column(column, kind, nullable=empty) for column, kind, empty in (*columns, *_SOURCE)),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.ForeignKeyConstraint(["batch"], [f"{files}.id"], name=op.f(f"fk_{name}_batch_{files}")),
            sa.ForeignKeyConstraint(
                ["superseded_batch"], [f"{files}.id"], name=op.f(f"fk_{name}_superseded_batch_{files}")
            ),
        )
        op.create_index(f"ix_{name}_batch", name, ["batch"])
        op.create_index(f"ix_{name}_superseded_batch", name, ["superseded_batch"])
        op.create_index(
            f"uq_{name}_current",
            name,
            list(key),
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        )


def downgrade() -> None:
    """Take the tables away."""
    for name in _TABLES:
        op.drop_table(name)
        op.drop_table(f"{name}_batch")
