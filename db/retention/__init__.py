"""Archiving old records: reduced to their sums."""
