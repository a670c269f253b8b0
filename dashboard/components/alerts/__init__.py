"""Alerts in words."""
