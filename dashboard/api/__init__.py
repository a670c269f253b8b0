"""What other programs ask: the same answers as pages and commands, as JSON, CSV or Parquet, by a token."""
