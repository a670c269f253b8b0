"""Pages of the reception centre in the reader's words."""
