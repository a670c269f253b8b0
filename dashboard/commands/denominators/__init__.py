"""Commands of denominators and rates."""
