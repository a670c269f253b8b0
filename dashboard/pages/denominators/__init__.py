"""Pages of denominators and rates."""
