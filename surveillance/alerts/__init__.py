"""Alerts: rules as data, what they say of dated counts, and what becomes of an alert. Pure."""
