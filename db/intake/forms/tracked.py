"""Tracked entities of DHIS2 as their events: each event with what is said of its enrollment and its person.

Exports of persons hold their enrollments, and these their events; a line list has a row for each event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Item = dict[str, Any]
#: What is nested in what, from the outside in.
_INNER = ("enrollments", "events")
#: Where DHIS2 keeps a list of them; `trackedEntityInstances` and `instances` in its earlier versions.
LISTS = ("trackedEntities", "trackedEntityInstances", "enrollments", "instances")
_ATTRIBUTES = "attributes"
#: Names that an event takes over as its own, where it has none of its own.
_SHARED = ("trackedEntity", "trackedEntityInstance", "enrollment", "program")


def holds_events(items: list[Any]) -> bool:
    """Whether there are persons or enrollments among the items with others nested in them."""
    return any(
        isinstance(item, dict) and any(isinstance(item.get(name), list) for name in _INNER) for item in items
    )


def events_of(items: list[Any]) -> list[Any]:
    """Every event as an item; who has none is an item as well, and nothing said of anybody is left out.

    What is said of an enrollment or a person goes under `of_enrollment` and `of_person`, but for attributes
    and for what names them.

    >>> person = {"trackedEntity": "t", "enrollments": [{"status": "ACTIVE", "events": [{"event": "e"}]}]}
    >>> events_of([person])
    [{'event': 'e', 'trackedEntity': 't', 'of_enrollment': {'status': 'ACTIVE'}}]
    """
    return [event for item in items for event in _events(item, {}, [])]


def _events(item: Any, above: Item, attributes: list[Any]) -> Iterator[Any]:
    inner = next((n for n in _INNER if isinstance(item, dict) and isinstance(item.get(n), list)), None)
    if not isinstance(item, dict) or (inner is None and not above):
        yield item
        return
    own = {name: value for name, value in item.items() if name not in (inner, _ATTRIBUTES)}
    said = item.get(_ATTRIBUTES)
    if isinstance(said, list):
        attributes = attributes + [value for value in said if value not in attributes]
    elif said is not None:
        own[_ATTRIBUTES] = said
    if inner is None:
        yield own | {name: value for name, value in above.items() if name not in own} | _named(attributes)
        return
    shared = {name: own.pop(name) for name in _SHARED if name in own}
    level = "of_person" if inner == "enrollments" else "of_enrollment"
    below = above | shared | ({level: own} if own else {})
    nested = item[inner]
    if not nested:
        yield below | _named(attributes)
    for one in nested:
        yield from _events(one, below, attributes)


def _named(attributes: list[Any]) -> Item:
    return {_ATTRIBUTES: attributes} if attributes else {}
