"""The pages of provinces, districts, crossings and facilities: which there are, what each asks, a search."""
