"""Long forms of the tests of reliability: each does its work `count` times from a seed, and counts it."""
