"""Issued figures: what is hidden in them, and the attack that shows whether it can be worked out."""
