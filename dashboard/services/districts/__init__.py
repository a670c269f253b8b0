"""Operational districts of facilities, and tables by administrative district of home and of infection."""
