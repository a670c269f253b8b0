"""The audit trail is a chain: each line holds the hash of the one before, and none is changed or removed."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "operations_0012"
down_revision = "operations_0011"
branch_labels = None
depends_on = None

_REFUSED = "the audit trail is only added to"


def upgrade() -> None:
    op.add_column("audit", sa.Column("token", sa.String(length=32), nullable=True))
    for name in ("previous", "hash"):
        op.add_column(
            "audit", sa.Column(name, sa.String(length=64), nullable=False, server_default=sa.text("''"))
        )
    op.create_index("ix_audit_token", "audit", ["token"], unique=True)
    head = op.create_table(
        "audit_head",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_head")),
    )
    line, last = _chain(op.get_bind())
    op.bulk_insert(head, [{"name": "head", "line": line, "hash": last}])
    guard(op.get_bind())


def _chain(connection):
    """Give the lines that are there their hashes; number and hash of the last."""
    number, last = 0, ""
    while True:
        rows = connection.execute(
            sa.text(
                "SELECT id, at, actor, action, detail FROM audit WHERE id > :number ORDER BY id LIMIT 10000"
            ),
            {"number": number},
        ).all()
        if not rows:
            return number, last
        given = []
        for row in rows:
            number, previous = row[0], last
            said = json.dumps([*row, None, previous], ensure_ascii=False, separators=(",", ":"))
            last = hashlib.sha256(said.encode()).hexdigest()
            given.append({"number": number, "previous": previous, "hash": last})
        connection.execute(
            sa.text("UPDATE audit SET previous = :previous, hash = :hash WHERE id = :number"), given
        )


def guard(connection) -> None:
    """Let the database itself refuse to change or remove a line."""
    if connection.dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            )
        return
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    for name, event, each in (
        ("audit_no_change", "UPDATE OR DELETE", "ROW"),
        ("audit_no_truncate", "TRUNCATE", "STATEMENT"),
    ):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} ON audit FOR EACH {each} "
            "EXECUTE FUNCTION audit_is_only_added_to()"
        )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for what in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_no_{what}")
    else:
        for name in ("audit_no_change", "audit_no_truncate"):
            op.execute(f"DROP TRIGGER {name} ON audit")
        op.execute("DROP FUNCTION audit_is_only_added_to()")
    op.drop_table("audit_head")
    op.drop_index("ix_audit_token", table_name="audit")
    for name in ("hash", "previous", "token"):
        op.drop_column("audit", name)
