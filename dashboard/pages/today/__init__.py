"""The first page: cards, each declared once, and what they are made from."""
