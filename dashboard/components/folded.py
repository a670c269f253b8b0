"""A part that a phone shows folded, under its name; a wider window and paper show it as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html


def folded_on_phones(name: str, parts: Sequence[Any]) -> html.Details:
    """The map's script opens it where there is room (assets/chhlang.js), and on a plain page the reader."""
    return html.Details([html.Summary(name), *parts], className="folded")
