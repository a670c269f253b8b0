"""Who is near whom in a scan, where it is not as the crow flies."""
