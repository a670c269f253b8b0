"""The reception centre: what its stations enter, and reading it back."""
