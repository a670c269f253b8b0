"""What deserves a question in the data, in words."""
