"""Tables of places whose entries come from files and keep every version: population figures, districts."""
