"""What is pulled from other systems and sent to them, as a text says it."""
