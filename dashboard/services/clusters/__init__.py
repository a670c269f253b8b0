"""Cluster detection: runs, their data, their results."""
