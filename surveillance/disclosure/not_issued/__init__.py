"""What shown numbers tell of others, by sums and cascades, and what is hidden against that."""
