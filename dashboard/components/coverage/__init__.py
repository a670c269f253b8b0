"""Parts of the map page: table, panel, legend."""
