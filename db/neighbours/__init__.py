"""Areas across the border, their populations and counts: stored, and read as they are in force."""
