"""Indicators, proportions with their intervals, changes and statuses."""
