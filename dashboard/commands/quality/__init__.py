"""Commands about how complete and how good the data are."""
