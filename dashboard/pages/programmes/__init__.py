"""Pages of indicators, and of what programmes follow up."""
