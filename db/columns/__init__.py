"""Columns of numbers: encoding, sums, prefetching. No database."""
