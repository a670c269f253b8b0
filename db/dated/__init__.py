"""Tables of figures that come in files, keep every version, and forget none."""
