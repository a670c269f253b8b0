"""SaTScan's files: reading what it reads, and writing a scan as a folder that it opens."""
