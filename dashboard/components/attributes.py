"""Attributes of HTML that have a hyphen, as Dash takes them."""

from __future__ import annotations

from typing import Any


def attributes(**named: str | int) -> dict[str, Any]:
    """Names with hyphens, for ``html.Div(**attributes(...))``.

    >>> attributes(aria_label="Map", data_step=1)
    {'aria-label': 'Map', 'data-step': 1}
    """
    return {name.replace("_", "-"): value for name, value in named.items()}
