"""Keeping the database: backup, archiving, verification, the demo."""
