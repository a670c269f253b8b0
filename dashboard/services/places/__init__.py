"""Places: areas, facilities, and texts that match no place."""
