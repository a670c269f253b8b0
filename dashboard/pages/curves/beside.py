"""Areas across the border beside a curve: chosen in the form, drawn below it, never added to it."""

from __future__ import annotations

from typing import Any

from flask import request

from dashboard.components.curves import neighbour_words as words
from dashboard.figures.svg import curve as figure
from dashboard.pages.take_away.answers import Taken
from dashboard.services.curves.models import Curve
from dashboard.services.neighbours import beside as service
from dashboard.web.site import database

#: More areas beside each other nobody can read.
_MOST = 4


def offered(taken: Taken, disease: str) -> list[tuple[str, str]]:
    """Areas that may be chosen."""
    return service.offered(database(), taken.grant, disease, taken.language)


def chosen() -> list[str]:
    """Codes that the address names, the first few."""
    return list(dict.fromkeys(filter(None, request.args.getlist("beside"))))[:_MOST]


def shown(taken: Taken, curve: Curve) -> dict[str, Any]:
    """What the template shows of them."""
    t, points = taken.t, curve.points
    areas = offered(taken, curve.query.disease)
    codes, known = chosen(), {code for code, _ in areas}
    starts = [point.begins for point in points]
    found = service.beside(
        database(), taken.grant, curve.query.disease, curve.step, starts,
        [code for code in codes if code in known], taken.language,
    )  # fmt: skip
    drawn = []
    for one in found:
        bars = words.bars(one, points, t)
        pictures = [
            figure.on_page(figure.curve(bars, (), wide), words.title(one, t), name)
            for wide, name in ((figure.INNER, "wide"), (figure.NARROW, "narrow"))
        ]
        drawn.append({"code": one.code, "title": words.title(one, t), "drawn": pictures if one.known else [],
                      "notes": words.notes(one, t)})  # fmt: skip
    return {
        "beside_areas": areas,
        "beside_chosen": codes,
        "beside_not_held": [code for code in codes if code not in known],
        "beside": drawn,
        "beside_table": words.table(found, points, t) if found else None,
    }
