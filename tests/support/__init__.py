"""What the tests share: a PostgreSQL of their own, files as clinics write them, sums written out by hand."""
