"""The shape of what a browser posts to Dash: Dash itself fails on any other, as if the failure were ours.

Only the shape is looked at: which callback, and that its inputs, state and outputs are those it was
registered with. Values, as hostile as they may be, are for the callbacks. Patterns in ids are not used here.
"""

from __future__ import annotations

from typing import Any

from dash import Dash
from flask import abort, request

ROUTE = "/_dash-update-component"


def guard_callbacks(app: Dash) -> None:
    """Answer 400 to bodies that no page of ours sends. Callbacks may be registered before or after."""
    inner = app.server.view_functions[ROUTE]

    def checked(*arguments: Any, **named: Any) -> Any:
        try:
            fits = _fits(app.callback_map, request.get_json())
        except (KeyError, TypeError, AttributeError, IndexError, RecursionError):
            fits = False
        return inner(*arguments, **named) if fits else abort(400)

    app.server.view_functions[ROUTE] = checked


def _fits(known: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether a body is of a callback that runs on the server, and of its shape."""
    output = body["output"]
    callback = known[output]
    changed, state = body.get("changedPropIds", []), body.get("state", [])
    return (
        "callback" in callback
        and _ids(body["inputs"]) == _ids(callback["inputs"])
        and isinstance(state, list)
        and _ids(state) == _ids(callback["state"])
        and (callback.get("no_output") or _outputs(output, body["outputs"]))
        and isinstance(changed, list)
        and all(isinstance(item, str) for item in changed)
    )


def _ids(parts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(part["id"], part["property"]) for part in parts]


def _outputs(output: str, given: Any) -> bool:
    """Whether the outputs named one by one are those that the callback is named after."""
    if output.startswith(".."):
        return [f"{name}.{what}" for name, what in _ids(given)] == output[2:-2].split("...")
    return f"{given['id']}.{given['property']}" == output
