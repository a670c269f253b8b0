"""Who has reported: what is due from each facility, what came, and when."""
