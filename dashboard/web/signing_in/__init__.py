"""The web's side of signing in."""
