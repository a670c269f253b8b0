"""Places: provinces, crossings, names, codes, distances and boundaries."""
