"""Issued releases: built from the cubes, suppressed, audited, issued by another, read (decision 62)."""
