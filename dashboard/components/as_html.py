"""Components of Dash as the markup they become, for what a page shows before any script runs.

Ids stay behind: the same part comes once more when Dash has drawn the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component
from markupsafe import Markup, escape

_EMPTY = frozenset({"br", "hr", "img", "input"})
_NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex"}
_LEFT_OUT = frozenset({"id", "children", "key", "n_clicks"})


def as_html(part: Any) -> Markup:
    """A component of `dash.html`, a text, or a list of both; whatever it says is escaped.

    Raises
    ------
    TypeError
        It is a component of another library.
    """
    if part is None:
        return Markup()
    if isinstance(part, list | tuple):
        return Markup().join(as_html(one) for one in part)
    if not isinstance(part, Component):
        return escape(part)
    if part._namespace != "dash_html_components":
        raise TypeError(f"{type(part).__name__} is drawn by a script")
    tag = part._type.lower()
    props = part.to_plotly_json()["props"]
    written = Markup().join(_attribute(name, value) for name, value in props.items())
    if tag in _EMPTY:
        return Markup("<{}{}>").format(tag, written)
    return Markup("<{}{}>{}</{}>").format(tag, written, as_html(props.get("children")), tag)


def _attribute(name: str, value: Any) -> Markup:
    if name in _LEFT_OUT or value is None or value is False:
        return Markup()
    if value is True:
        return Markup(" {}").format(name)
    if isinstance(value, Mapping):
        value = ";".join(f"{_dashed(key)}:{text}" for key, text in value.items())
    return Markup(' {}="{}"').format(_NAMES.get(name, name), value)


def _dashed(name: str) -> str:
    """`backgroundColor` as a stylesheet writes it."""
    return re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), name)
