"""The watch beside its alerts: known outbreaks, and what it knows of each standing scan."""
