"""Pages of cascades, and of funnels of places."""
