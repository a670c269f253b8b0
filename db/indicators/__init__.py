"""The sums of indicators that are counted record by record."""
