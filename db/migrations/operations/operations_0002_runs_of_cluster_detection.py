"""Runs of cluster detection: the queue, and what each run found."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0002"
down_revision = "operations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cluster_run",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("share_hash", sa.String(length=64), nullable=False),
        sa.Column("series_hash", sa.String(length=64), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("places_version", sa.String(length=16), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Float(), nullable=True),
        sa.Column("started_at", sa.String(length=32), nullable=True),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.Column("cancelled_by", sa.String(length=255), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("engine_version", sa.Integer(), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=True),
        sa.Column("previous", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_run")),
    )
    op.create_index(op.f("ix_cluster_run_series_hash"), "cluster_run", ["series_hash"], unique=False)
    op.create_index(op.f("ix_cluster_run_share_hash"), "cluster_run", ["share_hash"], unique=False)
    op.create_index(op.f("ix_cluster_run_status"), "cluster_run", ["status"], unique=False)
    op.create_table(
        "cluster",
        sa.Column("run", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("change", sa.String(length=10), nullable=True),
        sa.Column("previous_rank", sa.Integer(), nullable=True),
        sa.Column("centre", sa.String(length=80), nullable=True),
        sa.Column("n_locations", sa.Integer(), nullable=False),
        sa.Column("radius_km", sa.Float(), nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("observed_expected", sa.Float(), nullable=True),
        sa.Column("relative_risk", sa.Float(), nullable=True),
        sa.Column("llr", sa.Float(), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=True),
        sa.Column("gumbel_p_value", sa.Float(), nullable=True),
        sa.Column("recurrence_interval_days", sa.Float(), nullable=True),
        sa.Column("population", sa.Float(), nullable=True),
        sa.Column("rate", sa.String(length=4), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("curve", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["cluster_run.id"], name=op.f("fk_cluster_run")),
        sa.PrimaryKeyConstraint("run", "rank", name=op.f("pk_cluster")),
    )
    op.create_table(
        "cluster_context",
        sa.Column("run", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("span", sa.String(length=8), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("tested", sa.Integer(), nullable=False),
        sa.Column("arrivals", sa.Integer(), nullable=True),
        sa.Column("facilities_reporting", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["cluster_run.id"], name=op.f("fk_cluster_context_run")),
        sa.PrimaryKeyConstraint("run", "rank", "side", "span", name=op.f("pk_cluster_context")),
    )
    op.create_table(
        "cluster_member",
        sa.Column("run", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("location", sa.String(length=80), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("observed_expected", sa.Float(), nullable=True),
        sa.Column("relative_risk", sa.Float(), nullable=True),
        sa.Column("population", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["cluster_run.id"], name=op.f("fk_cluster_member_run")),
        sa.PrimaryKeyConstraint("run", "rank", "location", name=op.f("pk_cluster_member")),
    )
    op.create_table(
        "cluster_not_scanned",
        sa.Column("run", sa.String(length=12), nullable=False),
        sa.Column("location", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("tested", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["cluster_run.id"], name=op.f("fk_cluster_not_scanned_run")),
        sa.PrimaryKeyConstraint("run", "location", name=op.f("pk_cluster_not_scanned")),
    )


def downgrade() -> None:
    op.drop_table("cluster_not_scanned")
    op.drop_table("cluster_member")
    op.drop_table("cluster_context")
    op.drop_table("cluster")
    op.drop_index(op.f("ix_cluster_run_status"), table_name="cluster_run")
    op.drop_index(op.f("ix_cluster_run_share_hash"), table_name="cluster_run")
    op.drop_index(op.f("ix_cluster_run_series_hash"), table_name="cluster_run")
    op.drop_table("cluster_run")
