"""Curves of cases: counts in time, by the day of visit, onset or report."""
