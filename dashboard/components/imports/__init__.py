"""Parts of the pages of imports and places."""
