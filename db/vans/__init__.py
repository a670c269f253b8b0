"""Sums over vans, and the correlations estimated from them."""
