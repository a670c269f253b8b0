"""Mappings: which columns of a foreign file say what."""
