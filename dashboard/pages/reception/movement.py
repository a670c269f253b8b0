"""The page of movements: where people who arrive come from and go to, as a map, a table and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.reception import movement_words
from dashboard.components.reception.movement_words import KINDS
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column
from dashboard.figures.svg import flow_map
from dashboard.messages import translator
from dashboard.pages.reception.asked import answered, crossings_and_chosen, shown, window_asked
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reception import movement as service
from dashboard.services.reception.movement import Movement
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError

pages = Blueprint("movement", __name__)
#: Rows of the table on the page; files hold all.
_MOST = 50
COLUMNS = (
    Column("home", "text", "code of the home province, or unknown"),
    Column("home_name", "text", "its name, in the language of the file"),
    Column("crossing", "text", "code of the crossing"),
    Column("destination", "text", "code of the province where people go, or unknown"),
    Column("destination_name", "text", "its name"),
    Column(
        "movements", "count", "arrivals that were entered one by one; somebody who crosses twice counts twice"
    ),
)


@pages.get("/reception/movement")
@needs(Permission.COUNT_ARRIVALS)
def page() -> str | tuple[str, int]:
    """The map and the table."""
    language = request_context.language()
    t = translator(language)
    crossings, chosen = crossings_and_chosen(language)
    found, problem = answered(
        lambda: _found(chosen),
        lambda: service.movement(database(), grant(), chosen or None, None, "", today_in_cambodia()),
        t,
    )
    return shown(
        "reception_movement.html",
        found=found,
        crossings=crossings,
        chosen=chosen,
        kinds={code: t(name) for code, name in KINDS.items()},
        heading=movement_words.title(found, t),
        subtitle=movement_words.subtitle(found, language, t),
        map=flow_map.on_page(
            movement_words.map_of(found, language, t), movement_words.lines(found, language, t)
        ),
        rows=movement_words.rows(service.largest(found, _MOST), language, t),
        notes=movement_words.notes(found, t),
        problem=problem,
    )


@pages.get("/reception/movement.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """Every route as a file, or what the files are; the use is audited."""
    taken, found = _taken()
    taken.audit({"file": "movement", "format": kind, "crossing": found.crossing or ""})
    return answers.table(kind, "movement", COLUMNS, _rows(found, taken), _about(found, taken))


@pages.get("/reception/movement.<any(png,svg):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def picture(kind: str) -> Response:
    """The map; the use is audited."""
    taken, found = _taken()
    taken.audit({"file": "movement", "format": kind, "crossing": found.crossing or ""})
    drawing = flow_map.on_sheet(
        movement_words.map_of(found, taken.language, taken.t),
        movement_words.lines(found, taken.language, taken.t),
    )
    said = [movement_words.subtitle(found, taken.language, taken.t)]
    return answers.picture(kind, taken, _about(found, taken), drawing, flow_map.keys(taken.t), said)


def _taken() -> tuple[Taken, Movement]:
    taken = Taken.now()
    _, chosen = crossings_and_chosen(taken.language)
    try:
        return taken, _found(chosen)
    except UsageError:
        return abort(400)


def _found(chosen: str) -> Movement:
    kind = request.args.get("kind", "")[:20]
    return service.movement(database(), grant(), chosen or None, window_asked(), kind, today_in_cambodia())


def _rows(found: Movement, taken: Taken) -> Iterator[dict[str, Any]]:
    routes = found.routes.items()
    for (route, people), row in zip(
        routes, movement_words.rows(routes, taken.language, taken.t), strict=True
    ):
        yield {
            "home": route.home,
            "home_name": row.home,
            "crossing": route.crossing,
            "destination": route.destination,
            "destination_name": row.destination,
            "movements": people,
        }


def _about(found: Movement, taken: Taken) -> About:
    t = taken.t
    return About(
        f"chhlang-movement-{found.window.first}-{found.window.last}",
        movement_words.title(found, t),
        movement_words.subtitle(found, taken.language, t),
        answers.address(url_for(".page")),
        taken.made_at,
        taken.data_up_to,
        t("Records of the reception centre"),
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each route"),
        synthetic=taken.synthetic,
        notes=movement_words.notes(found, t),
        columns=COLUMNS,
        facts={"crossing": found.crossing or "", "kind": found.chosen},
    )
