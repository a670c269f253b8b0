"""Parts of the page of curves."""
