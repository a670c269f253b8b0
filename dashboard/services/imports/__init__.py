"""Imports: from the delivered file to its receipt."""
