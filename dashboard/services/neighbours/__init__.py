"""Areas across the border: importing, listing, and their counts beside ours, never among them."""
