"""The pages of other systems: what is connected, how each pull ended, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.systems import words
from dashboard.messages import translator
from dashboard.permissions import Grant, Permission
from dashboard.services.systems import desk
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.errors import UserError

pages = Blueprint("systems", __name__)
#: Longest text of a definition, and of what a system is asked with, that is read.
_TEXT, _CREDENTIAL = 100_000, 2_000


def _looks(grant: Grant, _permission: Permission, _values: Mapping[str, Any]) -> None:
    desk.check_looks(grant)


def _asks(grant: Grant, _permission: Permission, _values: Mapping[str, Any]) -> None:
    desk.check(grant)


@pages.get("/systems")
@needs(Permission.SEE_SYSTEMS, check=_looks)
def listed() -> str:
    """Systems that are connected, and how their last pull ended."""
    return _page()


@pages.post("/systems")
@needs(Permission.IMPORT_FILES, check=_asks)
def connect() -> Any:
    """Connect a system, or change what is pulled from one; what it is asked with is never shown again."""
    text = request.form.get("text", "")[:_TEXT].replace("\r\n", "\n")
    credential = request.form.get("credential", "")[:_CREDENTIAL].strip() or None
    try:
        desk.connect(database(), grant(), settings(), text.encode(), "text", credential)
    except UserError as error:
        return _page(error.in_words(translator(request_context.language())), text), 400
    return redirect(url_for(".listed", done="connected"), 303)


@pages.get("/systems/<int:number>")
@needs(Permission.SEE_SYSTEMS, check=_looks)
def one(number: int) -> str:
    """Every page of the newest pulls of a system, and what was rejected."""
    found = desk.of_number(database(), grant(), number)
    if found is None:
        abort(404)
    t = translator(request_context.language())
    may_ask = grant().can(Permission.IMPORT_FILES)
    return render_template(
        "system.html",
        system=words.standing_row(found, t),
        text=found.system.text,
        pulls=[words.pull_rows(pull, list(of), t) for pull, of in desk.pulled(database(), grant(), number)],
        rejected=desk.rejected(settings(), grant(), found.newest) if may_ask else [],
        items=desk.items(database(), grant(), number),
        may_ask=may_ask,
    )


@pages.post("/systems/<int:number>/<any(pull,whole,stop,end):what>")
@needs(Permission.IMPORT_FILES, check=_asks)
def change(number: int, what: str) -> Any:
    """Ask for a pull, stop the one that is on the way, or end a system."""
    try:
        if what in ("pull", "whole"):
            desk.ask(database(), grant(), settings(), number, whole=what == "whole")
        elif not (desk.stop if what == "stop" else desk.end)(database(), grant(), number):
            abort(404)
    except UserError as error:
        return _page(error.in_words(translator(request_context.language()))), 400
    return _there(what)


def _there(what: str) -> Response:
    return redirect(url_for(".listed", done=what), 303)


def _page(problem: str = "", text: str = "") -> str:
    t = translator(request_context.language())
    return render_template(
        "systems.html",
        systems=[words.standing_row(one, t) for one in desk.standing(database(), grant())],
        hosts=settings().system_hosts,
        may_ask=grant().can(Permission.IMPORT_FILES),
        problem=problem,
        text=text,
        done=request.args.get("done", ""),
    )
