"""Issued releases: what is issued, and what is hidden in it so that no small number can be worked out."""
