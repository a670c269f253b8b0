"""The map page: its address as a question, its answer, its layers and tables."""
