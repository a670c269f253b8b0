"""Long work gives way to the person who looks at a page."""

from __future__ import annotations

import os

#: As much as `nice` takes by itself.
_LESS = 10


def step_back() -> None:
    """Run this process at a low priority: it takes what others leave of the processors."""
    if hasattr(os, "nice"):
        os.nice(_LESS)
