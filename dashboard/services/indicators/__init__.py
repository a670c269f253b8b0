"""Indicators: asked by one engine, for the command, the pages and the files."""
