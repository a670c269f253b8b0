"""Coverage: the table, the panel of one area, changes and comparisons."""
