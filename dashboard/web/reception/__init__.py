"""What the web knows of devices of a reception centre."""
