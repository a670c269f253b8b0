"""Alembic's entry: runs one history on the connection that db.maintenance.migrate has locked."""

from alembic import context

config = context.config
history = config.attributes["history"]
context.configure(
    connection=config.attributes["connection"],
    version_table=f"alembic_version_{history}",
    target_metadata=config.attributes.get("metadata"),
    transaction_per_migration=False,
)
context.run_migrations()
