"""Pages of messages about alerts: one's own channels, those of administrators, and the digest on paper."""
