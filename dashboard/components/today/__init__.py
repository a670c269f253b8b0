"""Parts of the first page: its cards, and the lists that they lead to."""
