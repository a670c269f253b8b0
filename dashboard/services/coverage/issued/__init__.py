"""Questions that are answered from the release in force, and what is said of it."""
