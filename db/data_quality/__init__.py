"""Counts of what deserves a question in the records that are held."""
