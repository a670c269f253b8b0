"""Roads between places, and flows of people: dated tables with receipts."""

import sqlalchemy as sa
from alembic import op

revision = "records_0025"
down_revision = "records_0023"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
_KEY = ("kind", "from_level", "from_place", "to_level", "to_place", "valid_from")
_LENGTHS = (8, 24, 80, 24, 80, 10)
_CURRENT = sa.text("superseded_batch IS NULL")


def upgrade() -> None:
    """New tables; nothing that is held changes."""
    op.create_table(
        "route_batch",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_batch")),
    )
    op.create_index("ix_route_batch_file_sha256", "route_batch", ["file_sha256"])
    op.create_table(
        "route",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("batch", _NUMBER, nullable=False),
        sa.Column("superseded_batch", _NUMBER),
        sa.Column("row_number", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(length=length), nullable=False)
            for name, length in zip(_KEY, _LENGTHS, strict=True)
        ),
        sa.Column("amount", sa.Float()),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.ForeignKeyConstraint(["batch"], ["route_batch.id"], name=op.f("fk_route_batch_route_batch")),
        sa.ForeignKeyConstraint(
            ["superseded_batch"], ["route_batch.id"], name=op.f("fk_route_superseded_batch_route_batch")
        ),
    )
    op.create_index("ix_route_batch", "route", ["batch"])
    op.create_index("ix_route_superseded_batch", "route", ["superseded_batch"])
    op.create_index(
        "uq_route_current",
        "route",
        list(_KEY),
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("route")
    op.drop_table("route_batch")
