"""Reading files of population figures."""
