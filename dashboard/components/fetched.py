"""A place for a long table, which the script fetches (assets/chhlang.js), and the sentence if it cannot."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.messages import Translate


def fetched(t: Translate, **named: Any) -> list[Any]:
    """The place, with its attributes. Dash gives it no content, and leaves alone what the script puts in."""
    said = t("The table could not be fetched. Open the page anew.")
    return [html.Div(**named), html.P(said, className="problem", hidden=True, role="alert")]
