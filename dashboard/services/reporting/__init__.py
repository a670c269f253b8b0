"""Who has reported: what is due from each facility, and what came of it."""
