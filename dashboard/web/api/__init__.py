"""Requests of other programs: which they are, who asks, and what a failure is answered with."""
