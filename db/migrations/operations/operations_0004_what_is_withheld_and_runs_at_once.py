"""Runs of cluster detection: withheld or uncounted numbers, runs at once, reasons by their parts."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0004"
down_revision = "operations_0002"
branch_labels = None
depends_on = None

#: What may be withheld (few cases of HIV or syphilis), or is not counted (by place of infection).
_MAY_BE_MISSING = {
    "cluster_member": {"observed": sa.Integer(), "expected": sa.Float()},
    "cluster_context": {"records": sa.Integer(), "tested": sa.Integer()},
    "cluster_not_scanned": {"records": sa.Integer(), "cases": sa.Integer(), "tested": sa.Integer()},
}


def upgrade() -> None:
    op.add_column("cluster_run", sa.Column("at_once", sa.Boolean(), nullable=True))
    op.add_column("cluster_run", sa.Column("error_values", sa.Text(), nullable=True))
    _may_be_missing(True)


def downgrade() -> None:
    for table, columns in _MAY_BE_MISSING.items():
        held = sa.table(table, *map(sa.column, columns))
        for name in columns:
            op.execute(held.delete().where(held.c[name].is_(None)))
    _may_be_missing(False)
    with op.batch_alter_table("cluster_run") as table:
        table.drop_column("error_values")
        table.drop_column("at_once")


def _may_be_missing(nullable: bool) -> None:
    for name, columns in _MAY_BE_MISSING.items():
        with op.batch_alter_table(name) as table:
            for column, kind in columns.items():
                table.alter_column(column, existing_type=kind, nullable=nullable)
