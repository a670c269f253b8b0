"""Cluster detection: case counts, runs and results."""
