"""The command of indicators."""
