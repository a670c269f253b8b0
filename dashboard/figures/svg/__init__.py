"""Figures as SVG files that the server draws itself: no browser, no script."""
