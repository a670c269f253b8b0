"""Parts of the pages of provinces, crossings and facilities."""
