"""The list of remote areas, with its history, and a form to change it; all without scripts."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from dashboard.components.moments import local
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.reception import remote as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError
from surveillance.reception.remote_areas import KINDS, Remote

pages = Blueprint("remote", __name__)


@pages.get("/reception/remote")
@needs(Permission.COUNT_ARRIVALS)
def listed() -> str:
    """Which facilities and communes are remote, from when until when."""
    return _page()


@pages.post("/reception/remote")
@needs(Permission.IMPORT_FILES)
def change() -> Any:
    """Keep a remote area, or take it back; what is wrong is said above the form."""
    service.check(grant())
    given = request.form
    try:
        area = Remote(
            given.get("kind", ""),
            " ".join(given.get("place", "").split())[: 2 * service.LONGEST_PLACE],
            _day(given.get("first", "")) or _missing(),
            _day(given.get("last", "")),
            " ".join(given.get("source", "").split())[: 2 * service.LONGEST],
        )
        service.put(database(), grant(), area, standing=given.get("what") != "remove")
    except UsageError as error:
        return _page(given.to_dict(), error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".listed"), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError("write days as YYYY-MM-DD", "first") from None


def _missing() -> date:
    raise UsageError("give the first day on which it is remote", "first")


def _page(given: dict[str, str] | None = None, problem: str = "") -> str:
    t = translator(request_context.language())
    return render_template(
        "reception_remote.html",
        areas=service.listed(database(), grant()),
        history=service.history(database(), grant()),
        kinds=[(one.code, t(one.name)) for one in KINDS],
        may_edit=service.may_edit(grant()),
        may_export=grant().can(Permission.EXPORT_TABLES),
        local=local,
        given=given or {},
        problem=problem,
        longest=(service.LONGEST_PLACE, service.LONGEST),
    )
