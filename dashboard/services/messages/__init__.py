"""Messages about alerts: who is told, what is said, and how it goes out once."""
