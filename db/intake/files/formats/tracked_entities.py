"""Tracked entities of DHIS2 as their events: each event with what is said of its enrollment and its person.

Exports of persons hold their enrollments, and these their events; a line list has a row for each event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Item = dict[str, Any]
#: What is nested in what, from the outside in.
_INNER = ("enrollments", "events")
#: Where DHIS2 keeps a list of them; `trackedEntityInstances` and `instances` in its earlier versions.
LISTS = ("trackedEntities", "trackedEntityInstances", "enrollments", "instances")
_ATTRIBUTES = "attributes"
#: Lists of which a file has one: others beside it would not be read.
_BESIDE = ("trackedEntities", "trackedEntityInstances", "enrollments", "events", "dataValues")
#: Names that an event takes over as its own, where it has none of its own.
_SHARED = ("trackedEntity", "trackedEntityInstance", "enrollment", "program")
_DELETED = "deleted"
#: Noted of a file that is one page of several.
ONE_PAGE = "one_page"


def holds_events(items: list[Any]) -> bool:
    """Whether there are persons or enrollments among the items with others nested in them."""
    return any(
        isinstance(item, dict) and any(isinstance(item.get(name), list) for name in _INNER) for item in items
    )


def is_tracked(item: Item) -> bool:
    """Whether a file is one person or one enrollment, as DHIS2 gives what is asked for by its number."""
    return holds_events([item]) and any(isinstance(item.get(name), str) for name in _SHARED[:3])


def side_by_side(lists: Mapping[str, list[Any]]) -> list[str]:
    """Names of lists of DHIS2 that stand beside each other, each with something in it."""
    found = [name for name in _BESIDE if any(isinstance(item, dict) for item in lists.get(name, ()))]
    return found if len(found) > 1 else []


def page_of(loaded: Any) -> int | None:
    """Which page of a longer list a file is; None where it is whole, as far as can be told.

    >>> page_of({"pager": {"page": "1", "total": "3"}, "events": [{}, {}]}), page_of({"events": []})
    (1, None)
    """
    said = loaded if isinstance(loaded, dict) else {}
    items = max((len(value) for value in said.values() if isinstance(value, list)), default=0)
    inner = said.get("pager")
    pager = inner if isinstance(inner, dict) else said
    page, pages, size, total = (
        _count(pager.get(name)) for name in ("page", "pageCount", "pageSize", "total")
    )
    if page is None:
        return None
    if pages is not None or total is not None:
        return page if (pages or 1) > 1 or (total or 0) > items else None
    return page if page > 1 or size == items else None


def _count(value: Any) -> int | None:
    text = value if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def events_of(items: list[Any]) -> list[Any]:
    """Every event as an item; who has none is an item as well, and nothing said of anybody is left out.

    What is deleted takes with it what is nested in it. What is said of an enrollment or a person goes under
    `of_enrollment` and `of_person`, but for attributes and for what names them.

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
    for name in _SHARED:
        if own.get(name, "") is None and name in above:
            del own[name]
    if _is_deleted(above):
        own[_DELETED] = True
    said = item.get(_ATTRIBUTES)
    if isinstance(said, list):
        attributes = attributes + [value for value in said if value not in attributes]
    elif said is not None:
        own[_ATTRIBUTES] = said
    if inner is None:
        yield own | {name: value for name, value in above.items() if name not in own} | _named(attributes)
        return
    shared = {name: own.pop(name) for name in _SHARED if name in own}
    if _is_deleted(own):
        shared[_DELETED] = own.pop(_DELETED)
    level = "of_person" if inner == "enrollments" else "of_enrollment"
    below = above | shared | ({level: own} if own else {})
    nested = item[inner]
    if not nested:
        yield below | _named(attributes)
    for one in nested:
        yield from _events(one, below, attributes)


def _is_deleted(item: Item) -> bool:
    return str(item.get(_DELETED)).casefold() == "true"


def _named(attributes: list[Any]) -> Item:
    return {_ATTRIBUTES: attributes} if attributes else {}
