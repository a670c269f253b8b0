"""What a request passes: sign-in, the gate, the request's context."""
