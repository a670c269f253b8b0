"""How long steps at a reception centre took, as sums; made of the records that are held.

Records that were reduced to sums before have no times left.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operations_0020"
down_revision = "operations_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("cube_arrival_times", "sealed_arrival_times"):
        op.create_table(
            name,
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("crossing", sa.String(length=16), nullable=False),
            sa.Column("step", sa.String(length=12), nullable=False),
            sa.Column("minutes", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("people", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("day", "crossing", "step", "minutes", name=op.f(f"pk_{name}")),
        )


def downgrade() -> None:
    op.drop_table("sealed_arrival_times")
    op.drop_table("cube_arrival_times")
