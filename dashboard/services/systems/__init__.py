"""Other systems: what is pulled from them into the imports there are, and what is sent to them."""
