"""Denominators as they are stored: files, figures, and every version of each figure."""
