"""Synthetic records for demonstrations and tests: no person, no facility and no case in it is real."""
