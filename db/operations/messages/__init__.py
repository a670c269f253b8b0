"""Messages about alerts: ways out, who is told, and the outbox."""
