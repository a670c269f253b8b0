"""Pages for administrators: accounts, sessions, settings, mappings and the audit trail."""
