"""Entries of a reception centre: stored once, merged into records, and summed."""
