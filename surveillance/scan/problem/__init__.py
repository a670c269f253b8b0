"""From frames to the arrays of a scan."""
