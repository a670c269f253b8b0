"""What surrounds a scan: changes of clusters, their context, completeness of the data."""
