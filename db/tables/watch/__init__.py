"""Tables of the standing watch."""
