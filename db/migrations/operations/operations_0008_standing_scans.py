"""Standing scans: which questions were asked by themselves, when, and which run answers each."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0008"
down_revision = "operations_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cluster_run") as run:
        run.add_column(sa.Column("standing", sa.Boolean(), nullable=True))
    op.create_table(
        "standing_round",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_round")),
    )
    op.create_table(
        "standing_question",
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("disease", sa.String(length=20), nullable=False),
        sa.Column("places", sa.String(length=20), nullable=False),
        sa.Column("run", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(["round"], ["standing_round.id"], name=op.f("fk_standing_question_round")),
        sa.ForeignKeyConstraint(["run"], ["cluster_run.id"], name=op.f("fk_standing_question_run")),
        sa.PrimaryKeyConstraint("round", "number", name=op.f("pk_standing_question")),
    )
    op.create_index(op.f("ix_standing_question_run"), "standing_question", ["run"])


def downgrade() -> None:
    op.drop_index(op.f("ix_standing_question_run"), table_name="standing_question")
    op.drop_table("standing_question")
    op.drop_table("standing_round")
    with op.batch_alter_table("cluster_run") as run:
        run.drop_column("standing")
