"""Aggregate reports: what they add to the line lists, and how they differ from them."""
