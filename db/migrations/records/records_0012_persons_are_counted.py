"""Persons are counted by the calendar year; issuers of their numbers may be declared as shared."""

import sqlalchemy as sa
from alembic import op

revision = "records_0012"
down_revision = "records_0011"
branch_labels = None
depends_on = None

_MEASURES = ("testing", "treatment", "completion", "eligibility", "positivity", "yield")
_NAMES = ("records", *(f"{m}_{part}" for m in _MEASURES for part in ("numerator", "denominator", "unknown")))
_KEYS = {
    "disease": sa.String(length=16),
    "dimension": sa.String(length=12),
    "axis": sa.String(length=12),
    "year": sa.SmallInteger(),
    "value": sa.SmallInteger(),
    "place": sa.String(length=80),
}


def upgrade() -> None:
    op.add_column("episode", sa.Column("issuer", sa.String(length=32)))
    numbered = sa.text("person IS NOT NULL")
    op.create_index(
        op.f("ix_episode_person"), "episode", ["person"], sqlite_where=numbered, postgresql_where=numbered
    )
    for name in ("cube_person", "sealed_person_sum"):
        op.create_table(
            name,
            *(sa.Column(key, kind, autoincrement=False, nullable=False) for key, kind in _KEYS.items()),
            *(sa.Column(column, sa.Integer(), nullable=False) for column in (*_NAMES, "unnumbered")),
            sa.PrimaryKeyConstraint(*_KEYS, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "sealed_person",
        sa.Column("person", sa.String(length=32), autoincrement=False, nullable=False),
        sa.Column("facility_key", sa.String(length=80), autoincrement=False, nullable=False),
        sa.Column("disease", sa.String(length=16), autoincrement=False, nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person", "facility_key", "disease", "year", name=op.f("pk_sealed_person")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shared_issuer",
        sa.Column("mark", sa.String(length=32), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("shared_at", sa.String(length=32), nullable=False),
        sa.Column("shared_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_shared_issuer")),
    )


def downgrade() -> None:
    for name in ("cube_person", "sealed_person_sum", "sealed_person", "shared_issuer"):
        op.drop_table(name)
    op.drop_index(op.f("ix_episode_person"), table_name="episode")
    with op.batch_alter_table("episode") as episode:
        episode.drop_column("issuer")
