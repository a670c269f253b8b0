"""What in the data deserves a question, and what became of it."""
