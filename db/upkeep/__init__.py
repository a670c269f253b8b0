"""Upkeep of the databases: backup and restore, another key, and what is kept of records that are old."""
