"""The strata of the places of care are kept by stratum, then period: filters lead to the rows they keep."""

import sqlalchemy as sa
from alembic import op

revision = "records_0004"
down_revision = "records_0003"
branch_labels = None
depends_on = None

_NAME = "cube_care_by_stratum"
_KEYS = {"disease": sa.String(16), "stratum": sa.Integer(), "period": sa.Integer(), "place": sa.String(80)}


def _order_by(*keys: str) -> None:
    """Give the table another key; SQLite keeps its rows in the key's order, and so needs a new table."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(f"pk_{_NAME}", _NAME, type_="primary")
        op.create_primary_key(f"pk_{_NAME}", _NAME, list(keys))
        return
    sums = [c["name"] for c in sa.inspect(connection).get_columns(_NAME) if c["name"] not in _KEYS]
    op.create_table(
        "new_cube",
        *(sa.Column(key, _KEYS[key], autoincrement=False, nullable=False) for key in keys),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in sums),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{_NAME}")),
        sqlite_with_rowid=False,
    )
    names = [*keys, *sums]
    held = sa.table(_NAME, *map(sa.column, names))
    ordered = sa.select(*held.c).order_by(*(held.c[key] for key in keys))
    new = sa.table("new_cube", *map(sa.column, names))
    op.execute(new.insert().from_select(names, ordered))
    op.drop_table(_NAME)
    op.rename_table("new_cube", _NAME)


def upgrade() -> None:
    _order_by("disease", "stratum", "period", "place")


def downgrade() -> None:
    _order_by("disease", "period", "place", "stratum")
