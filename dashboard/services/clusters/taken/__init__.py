"""What of a stored run is taken away beyond its result."""
