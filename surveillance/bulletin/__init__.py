"""What a bulletin is of: its period, its delay, and the limit of what is usual."""
