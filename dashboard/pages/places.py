"""Pages of unrecognised places: the list, and what one text means. They work without scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.imports import place_page
from dashboard.messages import translator
from dashboard.permissions import Grant, Permission
from dashboard.services.places import choices
from dashboard.services.places import unmatched as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.errors import UsageError

#: Texts on one page of the list.
AT_A_TIME = 50
_MARK = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,6}")
_LONGEST = 200


pages = Blueprint("places", __name__)


def national(grant: Grant, _permission: Permission, _values: Mapping[str, Any]) -> None:
    """Refuse also accounts of some provinces: a text means the same place in all of them."""
    service.check(grant)


@pages.get("/imports/places")
@needs(Permission.IMPORT_FILES, check=national)
def waiting() -> str:
    """Texts that wait for a meaning."""
    return _list()


@pages.post("/imports/places")
@needs(Permission.IMPORT_FILES, check=national)
def find() -> Any:
    """Look for a text that is not shown."""
    return _find(request.form.get("text", ""))


@pages.get("/imports/places/<field>/<mark>")
@needs(Permission.IMPORT_FILES, check=national)
def place(field: str, mark: str) -> str:
    """One text, and the places that it may mean."""
    return _page(_one(field, mark))


@pages.post("/imports/places/<field>/<mark>")
@needs(Permission.IMPORT_FILES, check=national)
def resolve(field: str, mark: str) -> Any:
    """Say what a text means: first asked back, then done."""
    return _resolve(_one(field, mark))


@pages.post("/imports/places/<field>/<mark>/undo")
@needs(Permission.IMPORT_FILES, check=national)
def undo(field: str, mark: str) -> Response:
    """Take back what a text was said to mean."""
    item = _one(field, mark)
    if item["code"] is not None:  # who asks twice takes nothing back twice
        service.undo(database(), grant(), settings(), mark, field=field)
    return redirect(_address(item), 303)


def _address(item: Mapping[str, Any]) -> str:
    """The page of one text."""
    return url_for(".place", field=item["field"], mark=item["mark"])


def _one(field: str, mark: str) -> dict[str, Any]:
    """A text that current records hold; anything else is not found."""
    known = field in service.FIELDS and _MARK.fullmatch(mark)
    return (service.one(database(), grant(), field, mark) if known else None) or abort(404)


def _list(problem: str = "", text: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    everything = request.args.get("all") == "yes"
    found = service.waiting(database(), grant(), resolved=everything)
    asked = request.args.get("start", "0")
    start = int(asked) if _NUMBER.fullmatch(asked) else 0
    here: dict[str, Any] = {"all": "yes"} if everything else {}
    return render_template(
        "places.html",
        problem=problem,
        text=text,
        everything=everything,
        places=[place_page.shown(item, language, t) for item in found[start : start + AT_A_TIME]],
        count=len(found),
        records=sum(item["rows"] for item in found),
        before=url_for(".waiting", **here, start=max(0, start - AT_A_TIME)) if start else "",
        after=url_for(".waiting", **here, start=start + AT_A_TIME) if start + AT_A_TIME < len(found) else "",
    )


def _find(text: str) -> Any:
    """Lead to the one place that is meant, or say in which fields the text stands."""
    t = translator(request_context.language())
    try:
        marks = service.find(database(), grant(), settings(), text[:_LONGEST])
    except UsageError:
        marks = []
    found = [item for field, mark in marks if (item := service.one(database(), grant(), field, mark))]
    if not found:
        said = t("No record names such a place: write it as the file did.")
        return _list(said, text[:_LONGEST]), 400
    if len(found) == 1:
        return redirect(_address(found[0]), 303)
    shown = [place_page.shown(item, request_context.language(), t) for item in found]
    return render_template("places_found.html", places=shown, text=text[:_LONGEST])


def _page(item: dict[str, Any], problem: str = "", chosen: str = "", typed: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    return render_template(
        "place.html",
        problem=problem,
        place=place_page.shown(item, language, t),
        offered=place_page.offered(item["field"], language, t),
        chosen=chosen,
        typed=typed,
    )


def _resolve(item: dict[str, Any]) -> Any:
    """First say what the choice would do, then, once that is confirmed, do it."""
    language = request_context.language()
    t = translator(language)
    given = request.form
    chosen = (given.get("place") or given.get("near") or "")[:_LONGEST]
    typed = given.get("typed", "").strip()[:_LONGEST]
    meant = typed or chosen
    if not meant:
        return _page(item, t("Choose a place, or write one.")), 400
    found = choices.read(item["field"], meant)
    if found is None:
        said = t("'{text}' is no place that is known here: choose one of the list.").format(text=meant)
        return _page(item, said, chosen, typed), 400
    if given.get("was", "") != (item["code"] or ""):
        return _page(
            item, t("Another person has resolved this place in the meantime. Look at it again.")
        ), 409
    area, commune = found
    if given.get("confirmed") != "yes":
        return render_template(
            "place_confirm.html",
            place=place_page.shown(item, language, t),
            chosen=place_page.labelled(area, language),
            says_nothing=area.code == choices.UNKNOWN,
            commune=commune if item["field"] == "place_infection" else None,
            meant=meant,
        )
    service.resolve(database(), grant(), settings(), item["mark"], meant, field=item["field"])
    return redirect(_address(item), 303)
