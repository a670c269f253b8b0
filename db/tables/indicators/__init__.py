"""Tables of indicators."""
