"""The only modules that call the database: permission first, then data, then statistics."""
