"""Persons: each counted once for each disease and calendar year."""
