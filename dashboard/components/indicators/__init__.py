"""Parts of the pages of indicators."""
