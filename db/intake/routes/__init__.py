"""Reading files of roads and of flows of people."""
