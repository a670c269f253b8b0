"""Signing in: guesses, second factors, one-time links, identities at a provider."""
