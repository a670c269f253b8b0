"""Words and cells of cascades, and of funnels of places."""
