"""The pages of provinces, districts, crossings and facilities at permanent addresses, and their search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from dashboard.components.addresses import map_page
from dashboard.components.calendar_words import closed_on, left_out, said_of_windows
from dashboard.components.clusters import watched
from dashboard.components.clusters.watched import WatchView
from dashboard.components.coverage import reporting_groups
from dashboard.components.curves import words as curve_words
from dashboard.components.place_pages import beside, words
from dashboard.components.place_pages import course as course_words
from dashboard.components.place_pages.addresses import address
from dashboard.curve_filters import CurveQuery
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate, translator
from dashboard.pages.explorer import indicator_entries
from dashboard.parameters import not_offered
from dashboard.permissions import Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters.watch import touching, watch
from dashboard.services.coverage.periods import Period
from dashboard.services.curves.known import of_question
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.place_pages import place as places
from dashboard.services.place_pages.course import Course, courses
from dashboard.services.place_pages.model import PlacePage, offered
from dashboard.services.place_pages.page import place_page
from dashboard.services.place_pages.place import CROSSING, DISTRICT, FACILITY, PROVINCE, Place
from dashboard.services.reception import centre
from dashboard.services.today.overview import WEEKS
from dashboard.services.today.reporting import FacilityReports, Reporting, reporting
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.calendar.entries import Entry
from surveillance.diseases import DISEASES
from surveillance.indicators.main import main_of
from surveillance.windows import Comparison

pages = Blueprint("place_pages", __name__)


@pages.get("/provinces/<name>")
@needs(Permission.SEE_COVERAGE)
def province(name: str) -> Response | str:
    """One province."""
    return _page(PROVINCE, name)


@pages.get("/districts/<path:name>")
@needs(Permission.SEE_COVERAGE)
def district(name: str) -> Response | str:
    """One operational district."""
    return _page(DISTRICT, name)


@pages.get("/crossings/<name>")
@needs(Permission.SEE_COVERAGE)
def crossing(name: str) -> Response | str:
    """One border crossing."""
    return _page(CROSSING, name)


@pages.get("/facilities/<path:name>")
@needs(Permission.SEE_COVERAGE)
def facility(name: str) -> Response | str:
    """One facility."""
    return _page(FACILITY, name)


@pages.get("/find")
@needs(Permission.SEE_COVERAGE)
def found() -> Response | str:
    """Places that a text names; one alone is led to."""
    text = request.args.get("q", "").strip()
    listed = places.find(database(), grant(), text) if text else places.known(grant())
    if text and len(listed) == 1:
        return redirect(address(listed[0]))
    language = request_context.language()
    t = translator(language)
    rows = [(one, address(one), beside.kind_name(one, t)) for one in listed]
    return render_template("find.html", text=text[:100], rows=rows, most=places.MOST_FOUND)


def _page(kind: str, name: str) -> Response | str:
    """A page; what does not exist and what the account does not cover answer alike."""
    place = places.place_of(database(), grant(), kind, name)
    if place is None:
        raise NotFound
    asked = request.args.get("disease", "")
    if asked and asked not in DISEASES:
        raise not_offered(CoverageQuery.parameter("disease"), asked, DISEASES)
    if place.key != name:
        return redirect(address(place, {"disease": asked} if asked else {}))
    status, today = request_context.data_status(database()), today_in_cambodia()
    shown = place_page(database(), grant(), status, today, place, asked or None)
    if shown is None:
        raise NotFound
    language = request_context.language()
    t = translator(language)
    held = calendar.entries(database(), grant())
    shut = calendar.closures(held, place.area.code)
    around = places.around(database(), grant(), place)
    sent = Reporting(None, None, ())
    if told := grant().can(Permission.SEE_REPORTING):
        sent = reporting(database(), grant())
    own = _facilities_of(sent, place)
    of_place = Reporting(sent.first, sent.last, own)
    question = {"disease": shown.disease} if shown.disease else {}
    over_time = courses(database(), grant(), status, today, place, shown.disease) if shown.disease else ()
    withheld = asked and asked not in offered(place, grant())
    return render_template(
        "place_page.html",
        place=place,
        name=place.area.name(language),
        found=shown,
        disease=t(DISEASES[shown.disease].name) if shown.disease else "",
        problem=t(rules.NEVER_SHOWN) if withheld else "",
        beneath=beside.beneath(place, around, language, t),
        marked=_marked(shown, held),
        closed=_closed(place, shut, (status.last_visit, today_in_cambodia())),
        last_report=words.last_report(own, place, t) if told else "",
        map=words.on_the_map(shown),
        by_home=words.on_the_map(shown, "home"),
        districts=_districts(place),
        provinces=beside.links(around.provinces, language, question),
        own_districts=beside.links(around.districts, language, question),
        crossings=beside.links(around.crossings, language, {}),
        facilities=beside.links(around.facilities, language, {}),
        week=words.week(shown, t),
        arrived=_arrived(place, shown),
        answers=words.answers(shown, t, limited=grant().scope.programmes is not None),
        courses=course_words.views(over_time, place, t),
        marked_over_time=_marked_over_time(over_time, held, language),
        rule=course_words.rule(t),
        weeks=WEEKS,
        numbers=words.rows(shown, grant(), t),
        without=words.without_records(shown, t),
        indicators=_indicators(place, shown, status, today, t),
        cascade=words.cascade(shown.cascade, place, shown.windows, t) if shown.windows else [],
        curve=words.curve(shown.curve, shown.disease, t, shut) if shown.disease else "",
        curve_rows=words.weeks(shown.curve, t, shut),
        known=_known(place, shown, today),
        groups=words.groups(shown.groups, t),
        ranks=words.ranks(shown.standings, place, language, t),
        how_ranked=t(words.HOW_RANKED),
        clusters=_clusters(place, own),
        reports=reporting_groups.summary(of_place, t),
        silent=reporting_groups.grouped(of_place.silent, of_place.due, language),
        stamp=words.stamp(shown, t),
        reported=told,
        silent_for=reporting_groups.silent_for,
        report_of=reporting_groups.last_report,
        own=address(place),
        question=urlencode(question),
        pictures=[*_figures(place, shown), *_drawn(place, shown, over_time)] if shown.disease else [],
        further=_figures(place, shown)[1:] if shown.disease else [],
    )


def _known(place: Place, shown: PlacePage, today: date) -> str:
    """How many cases of the page's curve are in a known outbreak already; blank where none is known."""
    query = shown.curve.query
    if query is None or query.start is None or query.end is None or not shown.curve.weeks:
        return ""
    by = "care" if place.kind == PROVINCE else place.kind
    asked = CurveQuery(query.disease, place=by, area=place.area.code)
    found = of_question(database(), grant(), asked, Period.covering(query.start, query.end), today)
    return curve_words.known_of(found, asked.what, translator(request_context.language()))


def _districts(place: Place) -> str:
    """The page of a province's districts; blank where the account is shown none."""
    told = grant().can(Permission.SEE_SMALL_COUNTS) and grant().scope.national
    return url_for("home_districts.page", name=place.area.code) if told and place.kind == PROVINCE else ""


def _indicators(
    place: Place, shown: PlacePage, status: DataStatus, today: date, t: Translate
) -> list[indicator_entries.Line]:
    """The main indicators of the disease that is looked at, each as the map shows it for this place."""
    if shown.disease is None:
        return []
    found = indicator_entries.entries(
        database(),
        grant(),
        status,
        today,
        main_of(shown.disease),
        place.kind,
        place.area.code,
        earlier=True,
    )
    return [indicator_entries.line(one, place.area.code, t) for one in found]


def _arrived(place: Place, shown: PlacePage) -> int | None:
    """How many arrived at a crossing's reception centre in the week of the page; None: not told."""
    if place.kind != "crossing" or shown.windows is None or shown.release is not None:
        return None
    return centre.arrived(database(), grant(), place.area.code, shown.windows.week)


def _figures(place: Place, shown: PlacePage) -> list[tuple[str, str, str]]:
    """The figures of the page: name, address without an ending, and question of each."""
    t = translator(request_context.language())
    on_map, curve = words.on_the_map(shown), _curve_question(place, shown.disease or "")
    found = [(t("Weeks"), url_for("curves.page"), curve)]
    found += [
        (name, f"{map_page()}/{part}", on_map.partition("?")[2])
        for name, part in ((t("Trend"), "trend"), (t("Groups"), "groups"))
    ]
    return found


def _drawn(place: Place, shown: PlacePage, over_time: Sequence[Course]) -> list[tuple[str, str, str]]:
    """The pictures that only this page has, as `_figures` names them."""
    t, question = translator(request_context.language()), urlencode({"disease": shown.disease or ""})
    found = []
    if any(len(one.points) > 1 for one in over_time):
        found.append((t("Better or worse"), f"{address(place)}/course", question))
    if shown.standings:
        found.append((t("Ranks"), f"{address(place)}/ranks", question))
    return found


def _curve_question(place: Place, disease: str) -> str:
    """What the page of curves is asked for the weeks of a place."""
    by = "care" if place.kind == PROVINCE else place.kind
    return urlencode({"disease": disease, "place": by, "area": place.area.code})


def _marked_over_time(over_time: Sequence[Course], held: Sequence[Entry], language: str) -> str:
    """What the calendar says of the times that are compared."""
    windows = {window for one in over_time if one.enough for window in (one.window, one.earlier)}
    if not windows:
        return ""
    return said_of_windows(held, sorted(windows), language, translator(language))


def _marked(shown: PlacePage, held: Sequence[Entry]) -> str:
    """What the comparison of the page's weeks leaves out, by the calendar."""
    if shown.windows is None or shown.line is None or not shown.line.weeks:
        return ""
    language = request_context.language()
    kept: dict[Comparison, int] = {"before": shown.compared}
    return " ".join(left_out(held, shown.windows.weeks, kept, language, translator(language)))


def _closed(place: Place, shut: Sequence[Entry], days: Iterable[date | None]) -> str:
    """Since when a crossing was closed on one of some days; blank where it was open."""
    t = translator(request_context.language())
    found = next(filter(None, (closed_on(shut, day, t).get(place.area.code) for day in days)), "")
    return found and t("Crossing {closed}: its days are neither zero nor silent.").format(closed=found)


def _facilities_of(sent: Reporting, place: Place) -> tuple[FacilityReports, ...]:
    """The facilities of a province or district, of the province of a crossing, or the facility itself."""
    if place.kind == FACILITY:
        return tuple(one for one in sent.facilities if one.area.code == place.area.code)
    if place.kind == DISTRICT:
        return tuple(one for one in sent.facilities if one.district == place.area.code)
    province = place.area.province
    return tuple(one for one in sent.facilities if province is not None and one.area.province == province)


def _clusters(place: Place, own: tuple[FacilityReports, ...]) -> WatchView | None:
    """What the usual questions found that touches the place; without HIV and syphilis and without a count."""
    if not grant().can(Permission.RUN_CLUSTERS):
        return None
    code = frozenset({place.area.code})
    kinds: dict[str, frozenset[str]] = {f"{place.kind}:care": code}
    if place.kind == PROVINCE:
        kinds |= {"province:home": code, "province:infection": code}
    if place.kind in (PROVINCE, DISTRICT):
        kinds["facility:care"] = frozenset(one.area.code for one in own)
    found = touching(database(), watch(database(), grant(), audited=False), kinds)
    language = request_context.language()
    return watched.watch_view(found, language, translator(language), looks=settings().standing_scans)
