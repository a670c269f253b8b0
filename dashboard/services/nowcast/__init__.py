"""Nowcasts: how many records the last weeks will hold when all have come."""
