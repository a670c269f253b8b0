"""Operational districts of facilities, and sums by administrative district of home and of infection."""
