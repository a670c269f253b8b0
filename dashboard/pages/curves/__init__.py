"""The pages of curves and of the calendar."""
