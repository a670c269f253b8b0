"""One item of a JSON list with what belongs to it: period of its set, its values by name, its position."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveillance.errors import UnreadableFileError

Item = dict[str, Any]
#: What a data value may take from the set that it is in.
_OF_SET = ("period", "orgUnit", "attributeOptionCombo", "dataSet", "completeDate")


def prepared(path: Path, number: int, kind: str, item: Item, loaded: Any) -> Item:
    """An item, with what belongs to it as values of its own.

    Raises
    ------
    UnreadableFileError
        It gives one data element two values.
    """
    if kind == "dataValues":
        return {name: loaded[name] for name in _OF_SET if name in loaded} | item
    if kind == "features":
        properties = item.get("properties")
        found = dict(properties) if isinstance(properties, dict) else {}
        if "id" in item:
            found.setdefault("id", item["id"])
        place = item.get("geometry")
        if (
            isinstance(place, dict)
            and place.get("type") == "Point"
            and isinstance(place.get("coordinates"), list)
        ):
            for name, degrees in zip(("longitude", "latitude"), place["coordinates"], strict=False):
                found.setdefault(name, degrees)
        return found
    named = {"dataValues": ("dataElement", "value"), "attributes": ("attribute", "value")}
    found = {}
    later: Item = {}
    for name, value in item.items():
        pairs = _named_values(value, *named[name]) if name in named else None
        if pairs is None:
            found[name] = value
        else:
            for element, given in pairs:
                if later.get(element) == given or (given is None and element in later):
                    continue
                if name == "dataValues" and later.get(element) is not None:
                    raise UnreadableFileError(
                        "{file}: item {number} gives '{name}' twice; one of its values would be lost",
                        file=path.name,
                        number=number,
                        name=element[:60],
                    )
                count, unique = 2, element
                while unique in item or later.get(unique) is not None:
                    unique, count = f"{element} ({count})", count + 1
                later[unique] = given
    return found | later


def _named_values(value: Any, name: str, holds: str) -> list[tuple[str, Any]] | None:
    """A list of objects that each name one value; None where it is something else."""
    if not isinstance(value, list) or not all(isinstance(part, dict) and name in part for part in value):
        return None
    return [(str(part[name]), part.get(holds)) for part in value]
