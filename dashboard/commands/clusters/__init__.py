"""`clusters`: Kulldorff's scan statistics, on own files or on the database."""
