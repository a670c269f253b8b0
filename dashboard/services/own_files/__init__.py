"""Cluster detection on a person's own files."""
