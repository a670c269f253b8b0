"""Parts of the pages of cluster detection."""
