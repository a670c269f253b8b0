"""What people take away and keep: records, and views with names."""
