"""Issued releases: who prepared and issued them, their audit, what they publish, the sums behind it."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0016"
down_revision = "operations_0015"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ISSUED = "an issued release is not changed"
_CONTENT = "the content of a release is not changed"


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("lag_days", sa.Integer(), nullable=False),
        sa.Column("thresholds", sa.String(length=40), nullable=False),
        sa.Column("previous", _NUMBER, nullable=True),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Float(), nullable=True),
        sa.Column("started_at", sa.String(length=32), nullable=True),
        sa.Column("cancelled_by", sa.String(length=255), nullable=True),
        sa.Column("task", sa.String(length=10), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_values", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("utility", sa.Text(), nullable=True),
        sa.Column("audit_digest", sa.String(length=64), nullable=True),
        sa.Column("audit_passed", sa.Boolean(), nullable=True),
        sa.Column("audit_report", sa.Text(), nullable=True),
        sa.Column("audit_proofs", sa.LargeBinary(), nullable=True),
        sa.Column("audited_at", sa.String(length=32), nullable=True),
        sa.Column("audited_by", sa.String(length=255), nullable=True),
        sa.Column("issued_at", sa.String(length=32), nullable=True),
        sa.Column("issued_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["previous"], ["release.id"], name=op.f("fk_release_previous_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_status"), "release", ["status"])
    op.create_index(op.f("ix_release_issued_at"), "release", ["issued_at"])
    op.create_table(
        "release_content",
        *_of_release("release_content"),
        sa.Column("threshold", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("release", "disease", "threshold", name=op.f("pk_release_content")),
    )
    op.create_table(
        "release_frozen",
        *_of_release("release_frozen"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("release", "disease", name=op.f("pk_release_frozen")),
    )
    _guard(op.get_bind())


def _of_release(table: str) -> tuple:
    return (
        sa.Column("release", _NUMBER, nullable=False),
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f(f"fk_{table}_release_release")),
    )


def _guard(connection) -> None:
    """Let the database itself refuse to change what was issued, and whatever was prepared for it."""
    guarded = (
        ("release", _ISSUED, "UPDATE", "OLD.issued_at IS NOT NULL"),
        ("release", _ISSUED, "DELETE", "OLD.issued_at IS NOT NULL"),
        *(
            (name, _CONTENT, what, "")
            for name in ("release_content", "release_frozen")
            for what in ("UPDATE", "DELETE")
        ),
    )
    for table, refused, what, when in guarded:
        name = f"{table}_no_{what.lower()}"
        if connection.dialect.name == "sqlite":
            condition = f"WHEN {when} " if when else ""
            connection.exec_driver_sql(
                f'CREATE TRIGGER {name} BEFORE {what} ON "{table}" {condition}'
                f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
            )
            continue
        condition = f"WHEN ({when}) " if when else ""
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refused}'; END $$"
        )
        connection.exec_driver_sql(
            f'CREATE TRIGGER {name} BEFORE {what} ON "{table}" FOR EACH ROW {condition}'
            f"EXECUTE FUNCTION {table}_is_kept()"
        )


def downgrade() -> None:
    op.drop_table("release_frozen")
    op.drop_table("release_content")
    op.drop_table("release")
    if op.get_bind().dialect.name == "postgresql":
        for table in ("release", "release_content", "release_frozen"):
            op.execute(f"DROP FUNCTION {table}_is_kept()")
