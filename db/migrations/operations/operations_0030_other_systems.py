"""Other systems: what is pulled from them page by page, and what is sent to them."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0030"
down_revision = "operations_0029"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "system",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text()),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("ended_at", sa.String(length=32)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system")),
    )
    op.create_index(op.f("ix_system_name"), "system", ["name"])
    op.create_table(
        "system_pull",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("system", _NUMBER, nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=32)),
        sa.Column("folder", sa.String(length=16)),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Float()),
        sa.Column("started_at", sa.String(length=32)),
        sa.Column("cancelled_by", sa.String(length=255)),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("at_once", sa.Boolean()),
        sa.Column("ended_at", sa.String(length=32)),
        sa.Column("error", sa.Text()),
        sa.Column("error_values", sa.Text()),
        sa.ForeignKeyConstraint(["system"], ["system.id"], name=op.f("fk_system_pull_system")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_pull")),
    )
    op.create_index(op.f("ix_system_pull_system"), "system_pull", ["system"])
    op.create_index(op.f("ix_system_pull_status"), "system_pull", ["status"])
    op.create_table(
        "system_page",
        sa.Column("pull", _NUMBER, nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("begun_at", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("last", sa.Boolean(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger()),
        sa.Column("counts", sa.Text()),
        sa.ForeignKeyConstraint(["pull"], ["system_pull.id"], name=op.f("fk_system_page_pull")),
        sa.PrimaryKeyConstraint("pull", "part", "page", name=op.f("pk_system_page")),
    )
    op.create_table(
        "system_item",
        sa.Column("system", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=200)),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.String(length=80)),
        sa.ForeignKeyConstraint(["system"], ["system.id"], name=op.f("fk_system_item_system")),
        sa.PrimaryKeyConstraint("system", "kind", "uid", name=op.f("pk_system_item")),
    )
    op.create_table(
        "system_push",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("system", _NUMBER, nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.String(length=32)),
        sa.Column("sent_by", sa.String(length=255)),
        sa.Column("sent_answer", sa.Text()),
        sa.ForeignKeyConstraint(["system"], ["system.id"], name=op.f("fk_system_push_system")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_push")),
    )
    op.create_index("ix_system_push_system", "system_push", ["system"])


def downgrade() -> None:
    for name in ("system_push", "system_item", "system_page", "system_pull", "system"):
        op.drop_table(name)
