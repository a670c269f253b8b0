"""The database as it was at the end of an earlier day."""
