"""Engines, addresses, scope, bulk rows, and errors of the machine in words."""
