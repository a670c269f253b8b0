"""The tables of both databases, and the facts that a database holds about itself."""
