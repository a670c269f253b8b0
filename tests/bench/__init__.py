"""How long imports and the map take. Measures and prints; asserts nothing."""
