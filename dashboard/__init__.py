"""Pages, command line, permissions: everything that knows Dash, Flask and HTTP."""
