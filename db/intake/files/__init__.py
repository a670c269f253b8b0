"""Reading files as tables of text: header, rows, limits, the child process."""
