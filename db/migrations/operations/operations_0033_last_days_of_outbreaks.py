"""Last days of known outbreaks as they were said to be, so that an earlier day can be told again."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0033"
down_revision = "operations_0030"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outbreak_last",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("outbreak", _NUMBER, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["outbreak"], ["outbreak.id"], name=op.f("fk_outbreak_last_outbreak")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbreak_last")),
    )
    op.create_index(op.f("ix_outbreak_last_outbreak"), "outbreak_last", ["outbreak"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbreak_last_outbreak"), table_name="outbreak_last")
    op.drop_table("outbreak_last")
