"""Storage: records, cubes, accounts and the audit trail. The only layer that knows SQLAlchemy."""
