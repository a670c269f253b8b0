"""Formats of files: text, workbooks, JSON. Each becomes rows of text below a header."""
