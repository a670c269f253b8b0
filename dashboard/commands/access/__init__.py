"""Who may use it, and what was done."""
