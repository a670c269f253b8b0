"""Denominators: how many people an indicator or a rate is divided by, of what year, and who says so."""
