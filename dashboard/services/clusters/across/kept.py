"""What a stored run keeps of the other side: its areas' names and positions. Loads no frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.services.clusters.locations import Place
from dashboard.services.places.areas import Area


def places_across(parameters: Mapping[str, Any]) -> dict[str, Place]:
    """Areas across the border of a run, by code, as they were when it was made."""
    held = (parameters.get("across") or {}).get("areas") or ()
    return {
        one["code"]: Place(
            Area(one["code"], one["name_en"], one["name_km"]), one["latitude"], one["longitude"]
        )
        for one in held
    }
