"""Sums over vans are kept, and the correlation of each measure that is estimated from them."""

import sqlalchemy as sa
from alembic import op

revision = "records_0015"
down_revision = "records_0014"
branch_labels = None
depends_on = None

_KEYS = {
    "disease": sa.SmallInteger(),
    "measure": sa.SmallInteger(),
    "dimension": sa.String(length=12),
    "place": sa.String(length=80),
    "period": sa.Integer(),
}


def upgrade() -> None:
    for name in ("cube_van", "sealed_van"):
        op.create_table(
            name,
            *(sa.Column(key, kind, autoincrement=False, nullable=False) for key, kind in _KEYS.items()),
            *(
                sa.Column(column, sa.Integer(), nullable=False)
                for column in ("vans", "people", "squares", "yes")
            ),
            sa.Column("spread", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint(*_KEYS, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "cube_correlation",
        sa.Column("disease", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("correlation", sa.Float(), nullable=False),
        sa.Column("vans", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("disease", "measure", name=op.f("pk_cube_correlation")),
    )


def downgrade() -> None:
    for name in ("cube_van", "sealed_van", "cube_correlation"):
        op.drop_table(name)
