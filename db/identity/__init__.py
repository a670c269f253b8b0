"""What tells records apart, and what is held from before identifiers had one form (decision 30)."""
