"""Commands that print figures of who reported."""
