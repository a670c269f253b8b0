"""Other systems, as stored: what is connected, what was pulled page by page, what was sent."""
