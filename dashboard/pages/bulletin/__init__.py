"""The page of the bulletin, and its files."""
