"""Tables of the reception centre."""
