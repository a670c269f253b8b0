"""Long forms of tests: each does its work `count` times from a seed; `make test` runs a piece of each."""
