"""Keeping the database: migrations, verification, backup and restore, another key."""
