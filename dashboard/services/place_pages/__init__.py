"""The pages of provinces, crossings and facilities: which there are, what each asks, how one is found."""
