"""Scans over the border: provinces of neighbours as places of a scan, with their own counts."""
