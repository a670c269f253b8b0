"""Pages on the way in: codes, invitations, the provider of identities."""
