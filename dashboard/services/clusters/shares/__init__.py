"""Scans of an indicator: where the share of those counted is unusually low or high."""
