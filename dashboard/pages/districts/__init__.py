"""Pages of districts: where facilities belong, and records by district of home and of infection."""
