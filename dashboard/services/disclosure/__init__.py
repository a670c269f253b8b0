"""The one door of disclosure: what is never told, and how undisclosed counts become values with a status."""
