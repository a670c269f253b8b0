"""The first page: what changed in the last complete weeks. And where the map stands."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import map_page
from dashboard.components.clusters import watched
from dashboard.components.clusters.watched import WatchView
from dashboard.components.coverage import first_page, reporting_groups
from dashboard.messages import Translate, translator
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters.watch import watch
from dashboard.services.today import overview
from dashboard.services.today.reporting import reporting
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from geodata.provinces import PROVINCES

pages = Blueprint("today", __name__)
#: The endpoint of Dash's own page, before whose route this blueprint's stands.
_DASH = "/"
#: Provinces that the heading names.
_NAMED = 2
#: Clusters that the page lists; the others are one press away.
_MOST = 5


@pages.get("/")
@needs(Permission.SEE_COVERAGE)
def first() -> Response | str:
    """What changed in the last complete weeks. An address of the map, as it once was, leads to the map."""
    if set(request.args) & set(MapQuestion.names()):
        return redirect(map_page(request.args.to_dict()))
    language = request_context.language()
    t = translator(language)
    status = request_context.data_status(database())
    found = overview.overview(database(), grant(), status, today_in_cambodia())
    sent = reporting(database(), grant())
    return render_template(
        "today.html",
        found=found,
        weeks=overview.WEEKS,
        most=_MOST,
        place=_place(grant(), language, t),
        week=first_page.week_name(found.week, t) if found.week else "",
        weekly=first_page.lines(found, t, quarterly=False),
        quarterly=first_page.lines(found, t, quarterly=True),
        map=first_page.province_map(found, grant(), language, t),
        legend=first_page.map_legend(found, grant(), t),
        notices=first_page.notices(found, sent, url_for("reporting.page"), language, t),
        clusters=_clusters(grant(), language, t),
        reports=reporting_groups.summary(sent, t),
        may_import=grant().can(Permission.IMPORT_FILES) and grant().scope.national,
    )


@pages.get("/map")
@needs(Permission.SEE_COVERAGE)
def explorer() -> str:
    """The map, which Dash draws."""
    return str(current_app.view_functions[_DASH]())


def _clusters(grant: Grant, language: str, t: Translate) -> WatchView | None:
    """What the usual questions found by themselves, without HIV and syphilis and without a count."""
    if not grant.can(Permission.RUN_CLUSTERS):
        return None
    found = watch(database(), grant, audited=False)
    shown = replace(found, clusters=found.of_interest(), gone=())
    return watched.watch_view(shown, language, t, looks=settings().standing_scans)


def _place(grant: Grant, language: str, t: Translate) -> str:
    """The country, or the provinces of the account."""
    if grant.scope.provinces is None:
        return t("Cambodia")
    held = [PROVINCES[code] for code in sorted(grant.scope.provinces) if code in PROVINCES]
    if not 0 < len(held) <= _NAMED:
        return t("Your provinces together")
    return ", ".join(one.name_km if language == "km" else one.name_en for one in held)
