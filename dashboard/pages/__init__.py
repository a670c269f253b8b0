"""One module per page: its layout and its thin callbacks."""
