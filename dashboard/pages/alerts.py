"""The pages of alerts: the list with the yield of each rule, one alert to its end, and known outbreaks.

Of alerts outside what an account is entitled to, list and page are those of signals.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.alerts import groups, outbreak_words, signal_words, words
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.alerts import classes, outbreaks
from dashboard.services.alerts import known as known_outbreaks
from dashboard.services.alerts import register as service
from dashboard.services.today import alert_signals as signals
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

pages = Blueprint("alerts", __name__)


@pages.get("/alerts")
@needs(Permission.SEE_COVERAGE)
def listed() -> str:
    """Alerts of the reader's scope and what each rule led to; of other alerts signals."""
    language = request_context.language()
    t = translator(language)
    elsewhere = {
        "signals": signal_words.rows(signals.signals(database(), grant()), language, t),
        "signal_note": signal_words.note(grant().threshold, t),
    }
    if not service.may_see(grant()):
        return render_template("alert_signals.html", **elsewhere)
    found = service.register(database(), grant())
    inside = known_outbreaks.in_outbreaks(database(), grant(), found.open)
    ended = known_outbreaks.ended(database(), grant())
    return render_template(
        "alerts.html",
        **elsewhere,
        all_own=grant().scope.national,
        open=len(found.open),
        groups=groups.groups(found.open, found.names, language, t, inside, ended),
        closed=words.rows(found.closed, found.names, language, t, ended),
        yields=words.yield_rows(found.yields, t),
        run=words.last_run(found.run, t),
        chance=words.chance(found.run, t),
        past=words.rows(found.past, found.names, language, t),
    )


@pages.get("/alerts/<int:number>")
@needs(Permission.SEE_COVERAGE)
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
    found = service.alert(database(), grant(), number) if service.may_see(grant()) else None
    if found is None:
        return _signal(number, problem)
    held = found.alert
    return render_template(
        "alert.html",
        alert=held,
        row=words.row(held, found.names, language, t),
        facts=words.facts(held, found.names, language, t),
        # Of its own event it is said there how many cases do not count.
        known=""
        if found.outbreaks == (found.event,)
        else outbreak_words.covering(found.outbreaks, found.in_outbreaks, held, t),
        event=found.event,
        belongs=outbreak_words.belonging(found.event, found.in_event, held, t),
        steps=words.steps(found.steps, t),
        curve=words.curve(held),
        curve_said=words.curve_said(held, t),
        outcomes=[("", t("Choose")), *((code, t(service.OUTCOMES[code])) for code in service.CHOSEN)],
        may_act=service.may_act(grant()) and held.open,
        classes_at=_classes_at(held),
        longest=(service.LONGEST, service.LONGEST_NAME),
        me=grant().actor,
        given=given,
        problem=problem,
    )


def _signal(number: int, problem: str) -> str:
    """What is told of an alert that the reader is not shown."""
    language = request_context.language()
    t = translator(language)
    found = signals.signal(database(), grant(), number)
    if found is None:
        abort(404)
    row = signal_words.row(found, language, t)
    note = signal_words.note(grant().threshold, t)
    return render_template("alert_signal.html", row=row, note=note, problem=problem)


def _classes_at(held: service.Alert) -> str:
    """The page of the cases behind an alert, for who may give them classes."""
    if not classes.may_change(grant()) or DISEASES[held.disease].sensitive:
        return ""
    asked: dict[str, Any] = {"disease": held.disease}
    asked |= {"from": held.first.isoformat(), "to": held.last_day.isoformat()}
    if held.level in classes.LEVELS:
        asked |= {"level": held.level, "place": held.place}
    return url_for("case_classes.listed", **asked)


@pages.get("/alerts/outbreaks")
@needs(Permission.RUN_CLUSTERS)
def known() -> str:
    """Known outbreaks, and the form of one of which no alert told."""
    return _known({})


@pages.post("/alerts/outbreaks")
@needs(Permission.RUN_CLUSTERS, Permission.NOTE_DECISIONS)
def missed() -> Response | tuple[str, int]:
    """Enter an outbreak of which no alert told."""
    given = request.form.to_dict()
    try:
        number = outbreaks.add_missed(database(), grant(), given)
    except UsageError as error:
        return _known(given, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".outbreak", number=number), 303)


@pages.get("/alerts/outbreaks/<int:number>")
@needs(Permission.RUN_CLUSTERS)
def outbreak(number: int) -> str:
    """One known outbreak: its days, and its alerts."""
    return _outbreak(number, {})


@pages.post("/alerts/outbreaks/<int:number>")
@needs(Permission.RUN_CLUSTERS, Permission.NOTE_DECISIONS)
def days(number: int) -> Response | tuple[str, int]:
    """Set the last day and the days of 7-1-7 of an outbreak."""
    given = request.form.to_dict()
    try:
        outbreaks.set_days(database(), grant(), number, given)
    except UsageError as error:
        return _outbreak(number, given, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".outbreak", number=number), 303)


def _known(given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    held = outbreaks.listed(database(), grant())
    names = service.facility_names(database(), grant())
    return render_template(
        "outbreaks.html",
        rows=outbreak_words.rows(held, names, language, t),
        diseases=outbreak_words.diseases(t),
        levels=outbreak_words.levels(t),
        may_act=service.may_act(grant()),
        longest=outbreaks.LONGEST_NAME,
        given=given,
        problem=problem,
    )


def _outbreak(number: int, given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    found = outbreaks.one(database(), grant(), number)
    if found is None:
        abort(404)
    held, alerts = found
    names = service.facility_names(database(), grant())
    return render_template(
        "outbreak.html",
        outbreak=held,
        row=outbreak_words.row(held, names, language, t),
        facts=outbreak_words.facts(held, names, language, t),
        days=outbreak_words.days(held, given, t),
        alerts=alerts,
        may_act=service.may_act(grant()),
        problem=problem,
    )
