"""Denominators: importing population figures, and reading them."""
