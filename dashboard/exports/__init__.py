"""Files of what a scan found, to keep and to defend: CSV, XLSX, JSON, GeoJSON, GeoPackage."""
