"""Exchanges of people: what can be moved where, and what moves with it."""
