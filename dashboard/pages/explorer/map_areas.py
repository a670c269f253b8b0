"""Names of all places that an account may look at, for the search of the map; fetched at its first use."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.disclosure.rules import entitled
from dashboard.services.places import areas
from dashboard.web import request_context, site
from dashboard.web.access import needs
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES

pages = Blueprint("map_areas", __name__)


@pages.get("/map/areas")
@needs(Permission.SEE_COVERAGE)
def listing() -> Response:
    """Each place as its name with its kind, its name in the other language, its code, and what shows it."""
    grant, language = request_context.grant(), request_context.language()
    t = translator(language)
    second = "en" if language == "km" else "km"
    found = [
        (province.name(language), province.name(second), t("province"), code, "province")
        for code, province in PROVINCES.items()
        if grant.scope.holds(code) or grant.scope.provinces or not entitled(grant)
    ]
    found += [
        (gate.name(language), gate.name(second), t("crossing"), code, "crossing")
        for code, gate in ALL_CROSSINGS.items()
    ]
    other = dict(areas.facility_names(site.database(), grant, second))
    found += [
        (name, other[code], t("facility"), code, "facility")
        for code, name in areas.facility_names(site.database(), grant, language)
    ]
    if entitled(grant):
        found += [
            (name, name, t("operational district"), name, "district")
            for name in areas.district_names(site.database(), grant)
        ]
    shown = Counter((name, kind) for name, _, kind, *_ in found)
    return jsonify(
        [
            [f"{name} · {kind}" + (f" · {code}" if shown[name, kind] > 1 else ""), also, code, by]
            for name, also, kind, code, by in found
        ]
    )
