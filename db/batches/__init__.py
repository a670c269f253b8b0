"""Batches: outcomes of rows, receipts, declared coverage, reporting completeness."""
