"""Cases found by any of several lists: the floor, and what the overlap says of those missed."""
