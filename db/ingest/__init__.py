"""Importing line lists, aggregate reports and facilities into the database."""
