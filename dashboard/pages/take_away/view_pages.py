"""Views of the map with names: the list, and what can be done with each. Plain forms: no script is needed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from dashboard.components.addresses import map_page, with_question
from dashboard.components.controls import VIEWS
from dashboard.components.coverage import words
from dashboard.messages import Translate, translator
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Permission
from dashboard.services.take_away import views as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.texts import N_

pages = Blueprint("views", __name__)
#: Parts of a question that are said in words.
_IN_WORDS = frozenset({"disease", "measure", "by", "place", "from", "to"})
#: Roles as people call them.
ROLES = {
    "partner": N_("Partners"),
    "viewer": N_("Viewers"),
    "official": N_("Officials"),
    "reception": N_("Reception centres"),
    "nurse": N_("Nurses"),
    "data_manager": N_("Data managers"),
    "epidemiologist": N_("Epidemiologists"),
    "administrator": N_("Administrators"),
}


@pages.get("/views")
@needs(Permission.SEE_COVERAGE)
def listing() -> str:
    """Every view that the reader may open, and a form for the question of the address."""
    return _page()


@pages.post("/views")
@needs(Permission.SEE_COVERAGE)
def save() -> Any:
    """Keep the question of the address under a name."""
    try:
        asked = MapQuestion.read(request.args.to_dict())
        number = service.save(database(), grant(), request.form.get("name", ""), _kept(asked))
        if request.form.get("opens"):
            service.open_with(database(), grant(), number)
    except UsageError as error:
        return _page(error), 400
    return redirect(url_for(".listing"), 303)


@pages.post("/views/<int:number>/<any(rename,share,delete,open):what>")
@needs(Permission.SEE_COVERAGE)
def change(number: int, what: str) -> Any:
    """Rename, share or delete one's own view, or say that the map opens with one."""
    given = request.form
    try:
        if what == "rename":
            service.rename(database(), grant(), number, given.get("name", ""))
        elif what == "share":
            service.share(database(), grant(), number, given.get("role", ""))
        elif what == "delete":
            service.delete(database(), grant(), number)
        else:
            service.open_with(database(), grant(), number if given.get("opens") else None)
    except UsageError as error:
        return _page(error), 400
    return redirect(url_for(".listing"), 303)


def _kept(question: MapQuestion) -> dict[str, str]:
    """What the address said itself: a view without dates stays one of the latest weeks."""
    given = {name: text.strip() for name, text in request.args.to_dict().items() if text.strip()}
    return {"disease": question.disease} | given


def _page(error: UsageError | None = None) -> str:
    t = translator(request_context.language())
    asked, problem = None, error
    if set(request.args) & set(MapQuestion.names()):
        try:
            asked = MapQuestion.read(request.args.to_dict())
        except UsageError as fault:
            problem = problem or fault
    return render_template(
        "views.html",
        views=[
            (view, _said(view.question, t), map_page(view.question))
            for view in service.listed(database(), grant())
        ],
        asked=_said(_kept(asked), t) if asked else "",
        action=with_question(url_for(".save"), _kept(asked) if asked else {}),
        roles=[("", t("nobody else")), *((role, t(ROLES[role])) for role in service.roles())],
        name=request.form.get("name", "")[: service.LONGEST] if error else "",
        problem=problem.in_words(t) if problem else "",
        longest=service.LONGEST,
        usual=map_page(),
    )


def _said(question: dict[str, str], t: Translate) -> str:
    """A question in words; one that later versions no longer read, by its parameters."""
    try:
        asked = MapQuestion.read(question)
    except UsageError:
        return " · ".join(question.values())
    days = [day.isoformat() for day in (asked.start, asked.end) if day]
    more = [text for name, text in question.items() if name not in _IN_WORDS]
    if asked.indicator is not None:
        counted = t(asked.indicator.name)
    else:
        counted = f"{t(DISEASES[asked.disease].name)}: {words.what_is_counted(MEASURES[asked.measure], t)}"
    return " · ".join(
        [
            counted,
            t(VIEWS[f"{asked.by}:{asked.place}"]),
            " – ".join(days) or t("the last complete weeks"),
            *more,
        ]
    )
