"""What the demo's facilities deliver beside their line list."""
