"""Other systems in words."""
