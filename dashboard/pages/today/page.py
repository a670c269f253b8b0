"""The first page: what changed in the last complete weeks. And where the map stands."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components import scope_words
from dashboard.components.addresses import map_files, map_page
from dashboard.components.calendar_words import left_out
from dashboard.components.coverage import first_page, issued_words
from dashboard.components.today.morning import TO_DO, morning, most_pressing
from dashboard.messages import Translate, translator
from dashboard.pages.explorer.first_map import first_map
from dashboard.pages.explorer.question import MapQuestion
from dashboard.pages.today import area as area_of_page
from dashboard.pages.today import cards
from dashboard.pages.today.card import Card, Context, shown
from dashboard.pages.tour import step_of_reader
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure.rules import NOTHING_ISSUED, entitled
from dashboard.services.today import overview
from dashboard.services.today.issued import overview_of, own_province
from dashboard.services.today.overview import Overview
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from geodata.provinces import PROVINCES

pages = Blueprint("today", __name__)
#: The endpoint of Dash's own page, before whose route this blueprint's stands.
_DASH = "/"
#: Places that the heading names.
_NAMED = 2
_A_YEAR = 365 * 24 * 3600


@pages.get("/")
@needs(Permission.SEE_COVERAGE)
def first() -> Response | str:
    """What changed in the last complete weeks. An address of the map, as it once was, leads to the map."""
    if set(request.args) & (set(MapQuestion.names()) - {area_of_page.AREA}):
        return redirect(map_page(request.args.to_dict()))
    language = request_context.language()
    t = translator(language)
    context = _context(language, t)
    return render_template(
        "today.html",
        found=context.found,
        weeks=overview.WEEKS,
        place=_place(context.grant, language, t),
        week=_named(context.found, t),
        stamp=_stamp(context.found, t),
        noisy=_noisy(context.found),
        nothing_issued=t(NOTHING_ISSUED) if context.found.release is not None else "",
        morning=_morning(context) if context.found.week else None,
        to_do=TO_DO,
        own_province=_one_province(context.grant),
        marked=_marked(context),
        cards=shown(_cards(), context) if context.found.week else [],
        area=context.area,
        kept=area_of_page.kept(grant()),
        choices=[(code, PROVINCES[code].name(language)) for code in area_of_page.choices(grant())],
        whole=_place(grant(), language, t),
        tour=step_of_reader(t),
        ahead=map_files(),
        may_import=grant().can(Permission.IMPORT_FILES) and grant().scope.national,
    )


def _marked(context: Context) -> list[str]:
    """What the comparisons of the page leave out, by the calendar."""
    weeks, found = context.found.weeks, context.found
    return left_out(context.entries, weeks, found.compared, context.language, context.t) if weeks else []


@pages.post("/today/area")
@needs(Permission.SEE_COVERAGE)
def keep_area() -> Response:
    """Keep a province, or all of them, as the first page of this reader's browser."""
    code = request.form.get(area_of_page.AREA, "")
    if code != area_of_page.EVERYTHING and code not in area_of_page.choices(grant()):
        return abort(400)
    response = redirect(url_for(".first"), 303)
    response.set_cookie(
        area_of_page.COOKIE,
        code,
        max_age=_A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


@pages.get("/map")
@needs(Permission.SEE_COVERAGE)
def explorer() -> str:
    """The map, which Dash draws; of a copy, what the server has drawn."""
    if request_context.kept():
        return render_template("map_copy.html", first=first_map(database(), grant()))
    return str(current_app.view_functions[_DASH]())


def _context(language: str, t: Translate) -> Context:
    reader, status, today = grant(), request_context.data_status(database()), today_in_cambodia()
    area = area_of_page.chosen(reader)
    narrow = reader if area is None else reader.within(area)
    found = overview_of(database(), narrow, status, today)
    return Context(
        database=database(),
        reader=reader,
        grant=narrow,
        area=area,
        status=status,
        today=today,
        language=language,
        t=t,
        looks=settings().standing_scans,
        found=found if area is None else found.leading_to(area),
        others={code: url_for(".first", area=code) for code in area_of_page.choices(reader)},
    )


def _cards() -> list[Card]:
    """The cards of the page, or of a copy."""
    return [card for card in cards.CARDS if card.copied or not request_context.kept()]


def _morning(context: Context) -> first_page.Notice | None:
    if request_context.kept():
        return most_pressing(cards.notices(context))
    found, notices = context.found, cards.notices(context)
    if not context.reader.can(Permission.SEE_REPORTING):
        return most_pressing(notices)
    clusters = (context.watch, context.clusters)
    return morning(notices, *clusters, context.decisions, found.week, context.t)


def _named(found: Overview, t: Translate) -> str:
    """The week of the page, or the last month that is issued."""
    if found.week is None:
        return ""
    if found.release is None:
        return first_page.week_name(found.week, t)
    return t("issued figures up to {day}").format(day=found.week.last.isoformat())


def _stamp(found: Overview, t: Translate) -> str:
    """What is said of the release that the page shows."""
    release = found.release
    return "" if release is None or release.stamp is None else issued_words.stamped(release.stamp, t)


def _noisy(found: Overview) -> bool:
    """Whether numbers have noise, and none is hidden."""
    return found.release is not None and found.release.stamp is not None and bool(found.release.stamp.noise)


def _one_province(grant: Grant) -> str | None:
    """The province that the page is of; None of several."""
    held = [code for code in PROVINCES if grant.scope.holds(code)]
    return held[0] if len(held) == 1 else None


def _place(grant: Grant, language: str, t: Translate) -> str:
    """The country, or the places of the account. Issued figures are of the country, or of one province."""
    whole = not entitled(grant) and own_province(grant) is None
    if grant.scope.provinces is None or whole:
        return t("Cambodia")
    held = scope_words.place_names(grant.scope, language, t)
    return ", ".join(held) if 0 < len(held) <= _NAMED else scope_words.together(grant.scope, t)
