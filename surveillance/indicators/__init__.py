"""Indicators as rows of data: what each counts, of whom, from what, and what it may be asked."""
