"""Parts of the pages of unrecognised places, as data for their templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from dashboard.components.imports.words import field_name
from dashboard.components.moments import moment
from dashboard.messages import Translate
from dashboard.services.places import choices
from dashboard.services.places.areas import Area
from surveillance.texts import N_

#: Kind of place -> what stands over its names.
KINDS: dict[str, str] = {
    "province": N_("Provinces"),
    "country": N_("Countries"),
    "crossing": N_("Border crossings"),
    "unknown": N_("Says nothing"),
}
_MARK_SHOWN = 10


def shown(item: Mapping[str, Any], language: str, t: Translate) -> dict[str, Any]:
    """One text as the list and its own page show it."""
    field, code = item["field"], item["code"]
    return {
        "path": url_for("places.place", field=field, mark=item["mark"]),
        "undo": url_for("places.undo", field=field, mark=item["mark"]),
        "field": field_name(field, t),
        "text": item["text"],
        "mark": item["mark"][:_MARK_SHOWN],
        "rows": f"{item['rows']:,}",
        "place": labelled(choices.named(field, code), language) if code else "",
        "code": code or "",
        "who": item["resolved_by"] or "",
        "when": moment(item["resolved_at"], t) if item["resolved_at"] else "",
        "near": [(area.code, labelled(area, language)) for area in choices.near(field, item["text"])],
    }


def labelled(area: Area, language: str) -> str:
    """A place's name with its code, which tells those of one name apart."""
    name = area.name(language)
    return name if area.code in (name, choices.UNKNOWN) else f"{name} ({area.code})"


def offered(field: str, language: str, t: Translate) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every place that a field can hold: kind, and code and name of each."""
    return [
        (t(KINDS[kind]), [(area.code, labelled(area, language)) for area in found])
        for kind, found in choices.offered(field).items()
    ]
