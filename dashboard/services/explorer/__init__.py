"""What the explorer asks beside the map itself: every province's trend, and what its layers show."""
