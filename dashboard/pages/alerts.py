"""The pages of alerts: the list with the yield of each rule, and one alert from raised to closed."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.alerts import words
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.alerts import register as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError

pages = Blueprint("alerts", __name__)


@pages.get("/alerts")
@needs(Permission.RUN_CLUSTERS)
def listed() -> str:
    """Alerts of the reader's scope, and what each rule led to."""
    language = request_context.language()
    t = translator(language)
    found = service.register(database(), grant())
    return render_template(
        "alerts.html",
        open=words.rows(found.open, found.names, language, t),
        closed=words.rows(found.closed, found.names, language, t),
        yields=words.yield_rows(found.yields, t),
        run=words.last_run(found.run, t),
    )


@pages.get("/alerts/<int:number>")
@needs(Permission.RUN_CLUSTERS)
def one(number: int) -> str:
    """One alert: what it rests on, its steps, and the forms of the next ones."""
    return _page(number, {})


@pages.post("/alerts/<int:number>/<any(owner,looked,verified,refuted,event,note,closed):kind>")
@needs(Permission.RUN_CLUSTERS, Permission.NOTE_DECISIONS)
def step(number: int, kind: str) -> Response | tuple[str, int]:
    """Take a step; what is wrong is said above the forms, which keep what was typed."""
    given = request.form.to_dict()
    try:
        service.act(database(), grant(), number, kind, given)
    except UsageError as error:
        said = error.in_words(translator(request_context.language()))
        return _page(number, given, said), 400
    return redirect(url_for(".one", number=number), 303)


def _page(number: int, given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    found = service.alert(database(), grant(), number)
    if found is None:
        abort(404)
    held = found.alert
    return render_template(
        "alert.html",
        alert=held,
        row=words.row(held, found.names, language, t),
        facts=words.facts(held, found.names, language, t),
        steps=words.steps(found.steps, t),
        curve=words.curve(held),
        outcomes=[("", t("Choose")), *((code, t(service.OUTCOMES[code])) for code in service.CHOSEN)],
        may_act=service.may_act(grant()) and held.open,
        longest=(service.LONGEST, service.LONGEST_NAME),
        me=grant().actor,
        given=given,
        problem=problem,
    )
