"""Reading dates and ages."""
