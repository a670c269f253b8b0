"""Cohorts of treatment: who started, and what became of them."""
