"""Words and looks of who has reported."""
