"""Files that come through the browser."""
