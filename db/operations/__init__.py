"""The operations database: accounts, audit trail, uploads, saved mappings."""
