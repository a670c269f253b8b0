"""Long forms of tests, by seed: `make test` runs a short piece of each."""
