"""The page of curves: how many, when; and the same as files. It works without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import map_page, record_list
from dashboard.components.controls import AXIS_NAMES, STEPS, remote_choice, views
from dashboard.components.coverage import issued_words
from dashboard.components.curves import words
from dashboard.curve_filters import BY_DATES, CURVE_PLACES, PARTS, VISIT, WHAT, CurveQuery
from dashboard.exports import curves as exports
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.coverage import described
from dashboard.figures.svg import curve as figure
from dashboard.figures.svg.curve import Bar, Mark
from dashboard.pages.curves import beside, indicator_curve
from dashboard.pages.curves.indicator_curve import IndicatorCurve
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.curves import curve as service
from dashboard.services.curves.known import InOutbreaks, in_outbreaks
from dashboard.services.curves.models import Curve
from dashboard.services.disclosure.rules import entitled
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.indicators.course import steps_of
from dashboard.services.places.areas import district_names
from dashboard.services.releases import stamps
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import usual
from dashboard.web.site import database
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.calendar.entries import EVENT, FESTIVAL, HOLIDAY, Entry, between
from surveillance.diseases import DISEASES
from surveillance.epiweek import period_first_day
from surveillance.errors import UsageError
from surveillance.indicators.main import main_of
from surveillance.indicators.table import INDICATORS
from surveillance.vocabulary import PLACES, UNKNOWN, shown_values
from surveillance.windows import add_months

pages = Blueprint("curves", __name__)
_WEEKS, _MONTHS, _QUARTERS = 52, 24, 12


@dataclass(frozen=True)
class Answered:
    """A question with its answer, for the page and its files."""

    taken: Taken
    asked: CurveQuery
    curve: Curve
    entries: Sequence[Entry] = ()
    #: Entries whose weeks have no year before on the curve.
    left_out: Sequence[Entry] = ()
    faults: Sequence[UsageError] = ()
    #: Cases that are in a known outbreak already.
    known: InOutbreaks | None = None

    @property
    def title(self) -> str:
        """The question of the curve."""
        return words.title(replace(self.curve.query, step=self.curve.step), self.taken.t)

    @property
    def said(self) -> list[str]:
        """Who, where and when."""
        taken = self.taken
        where = words.place_name(self.curve.query, taken.grant, taken.language, taken.t)
        return words.said(self.curve, where, taken.t)

    @cached_property
    def marks(self) -> list[Mark]:
        """What is marked on the curve; single public holidays stand in the table alone."""
        kinds = (FESTIVAL, EVENT) if self.curve.step in ("week", "month") else (EVENT,)
        return [*words.marks(self._held(kinds), self.taken.language), *self._closures]

    @cached_property
    def said_of(self) -> dict[str, list[str]]:
        """What the calendar says of each step, by its label."""
        kinds = (FESTIVAL, EVENT, HOLIDAY) if self.curve.step == "week" else (FESTIVAL, EVENT)
        return words.marks_on(self.curve, words.marks(self._held(kinds), self.taken.language))

    def _held(self, kinds: Sequence[str]) -> list[Entry]:
        points = self.curve.points
        return between(self.entries, points[0].first, points[-1].last, kinds) if points else []

    @property
    def _shut(self) -> list[Entry]:
        query = self.curve.query
        return calendar.closures(self.entries, query.area) if query.place == "crossing" else []

    @property
    def _closures(self) -> list[Mark]:
        points = self.curve.points
        held = [one for one in self._shut if points and one.holds(points[0].first, points[-1].last)]
        return words.closed_marks(held, points[-1].last if points else date.max, self.taken.t)

    @cached_property
    def closed(self) -> dict[str, str]:
        """What is said of the steps in which the crossing was closed, by label."""
        return words.closed_steps(self.curve, self._shut, self.taken.t)

    @cached_property
    def bars(self) -> list[Bar]:
        """The bars of the drawing."""
        return words.bars(self.curve, self.closed, self.taken.t)

    @property
    def keys(self) -> list[Any]:
        """The legend of the drawing."""
        t = self.taken.t
        what = t(words.WHAT_NAMES[self.curve.query.what])
        return figure.keys(self.bars, self.marks, words.part_names(self.curve, t), what, t)

    @property
    def notes(self) -> list[str]:
        """What must be known before reading on."""
        t, curve = self.taken.t, self.curve
        first = t(curve.hidden) if curve.hidden else words.total_words(curve, t)
        left = words.left_out(self.left_out, self.taken.language, t)
        days = (self.asked.start, self.asked.end)
        instead = issued_words.shown_instead(curve.period, days, t) if curve.release is not None else ""
        known = words.known(self.known, curve, t)
        return [note for note in (first, known, instead, *words.notes(curve, t), left) if note]

    def columns(self) -> tuple[Any, ...]:
        """Columns of the file."""
        more = (*stamps.COLUMNS, *self._question) if self.curve.release is not None else ()
        return (*exports.columns(self.curve.query.group, self.curve.groups), *described(more))

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the file."""
        note = " ".join(filter(None, (self.taken.synthetic, *self.notes)))
        release, step = self.curve.release, self.curve.step
        found = []
        for row in words.records(self.curve, self.said_of, self.closed, self.taken.t):
            more: dict[str, Any] = {"note": note}
            if release is not None:
                more |= release.columns(issued=True, said=f"{step}:{row['from']}") | self._question
            found.append(row | more)
        return found

    @property
    def _question(self) -> dict[str, str]:
        """What a row of issued figures says of its question, so that it can be checked."""
        query = self.curve.query
        groups = {axis: ",".join(codes) for axis, codes in query.groups.items()}
        return {"disease": query.disease, "place": query.place, "area": query.area, **groups}

    def about(self) -> About:
        """What the file is."""
        taken, t, query = self.taken, self.taken.t, self.curve.query
        return About(
            f"chhlang-curve-{query.disease}-{query.by}-{self.curve.step}",
            self.title,
            " · ".join([self.title, *self.said]),
            answers.address("/curves"),
            taken.made_at,
            taken.data_up_to,
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t("counts of episodes"),
            latest=""
            if self.asked.start or self.asked.end
            else t("This address names no date: it always ends with the last day of the data."),
            synthetic=taken.synthetic,
            statuses=statuses(t),
            notes=self.notes,
            columns=self.columns(),
            files={k: answers.address(f"/curves.{k}") for k in (*answers.TABLES, *answers.PICTURES)},
            facts={"parameters": query.parameters()}
            | (dict(self.curve.release.facts()) if self.curve.release is not None else {}),
        )


@pages.get("/curves")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """The curve, its table, and the form that asks for another one; what is wrong is named, and left out."""
    given = {name: text for name, text in request.args.to_dict().items() if name in CurveQuery.names()}
    if (course := _course(given)) is not None:
        return _indicator_page(course)
    if given.get("what") in INDICATORS:  # the disease was changed in the form
        given.pop("what")
    asked, faults = CurveQuery.read_readable(_with_its_place(usual("malaria") | given))
    try:
        found = _answered(asked, faults)
    except UsageError as error:
        wrong = {fault.parameter for fault in error.faults}
        left = {name: text for name, text in given.items() if name not in wrong}
        left = left if left != given else {}
        asked, _ = CurveQuery.read_readable({**left, **({} if left.get("area") else {"place": "care"})})
        found = _answered(asked, [*faults, *error.faults])
    return _page(found)


@pages.get("/curves.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def file(kind: str) -> Response:
    """The table as a file; the use is audited."""
    if (course := _course(request.args.to_dict())) is not None:
        course.taken.audit({"table": "curve", "format": kind, **course.parameters})
        return answers.table(kind, "curve", course.columns, course.records(), course.about())
    found = _answered(CurveQuery.read(request.args.to_dict()))
    found.taken.audit({"table": "curve", "format": kind, **found.curve.query.parameters()})
    return answers.table(kind, "curve", found.columns(), found.rows(), found.about())


@pages.get("/curves.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(kind: str) -> Response:
    """The curve as a picture; the use is audited."""
    if (course := _course(request.args.to_dict())) is not None:
        course.taken.audit({"file": "curve", "format": kind, **course.parameters})
        drawn, keys = course.drawing()
        return answers.picture(kind, course.taken, course.about(), drawn, keys, course.said)
    found = _answered(CurveQuery.read(request.args.to_dict()))
    found.taken.audit({"file": "curve", "format": kind, **found.curve.query.parameters()})
    drawing = figure.curve(found.bars, found.marks)
    return answers.picture(kind, found.taken, found.about(), drawing, found.keys, found.said)


@pages.get("/curves.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the files are."""
    course = _course(request.args.to_dict())
    about = _answered(CurveQuery.read(request.args.to_dict())).about() if course is None else course.about()
    return answers.sidecar(about)


def _course(given: Mapping[str, str]) -> IndicatorCurve | None:
    """The answer where the address asks for an indicator of its disease; None where it asks for counts."""
    indicator = indicator_curve.asked_for(given)
    if indicator is None or not steps_of(indicator.id):
        return None
    if indicator.diseases and given.get("disease", indicator.diseases[0]) not in indicator.diseases:
        return None
    asked, _ = CurveQuery.read_readable(_with_its_place(indicator_curve.without(given)))
    taken = Taken.now()
    step = next((one for one in steps_of(indicator.id) if one == asked.step), steps_of(indicator.id)[0])
    query = completed(replace(asked, step=step), taken.status)
    return indicator_curve.answer(taken, indicator, indicator_curve.with_place_of(indicator, query))


def _indicator_page(found: IndicatorCurve) -> str:
    taken, t, query = found.taken, found.taken.t, found.query
    steps = [(code, t(STEPS[code])) for code in steps_of(found.indicator.id)]
    held = [code for code in CURVE_PLACES if code != "infection"]
    places = [(code, t(words.PLACE_NAMES[code])) for code in held]
    return render_template(
        "indicator_curve.html",
        title=found.title,
        said=found.said,
        problem=found.problem,
        query=query,
        asked=query,
        question=urlencode(found.parameters),
        choices=[
            _diseases(taken, query),
            ("what", t("Counted"), [(code, t(words.WHAT_NAMES[code])) for code in WHAT], found.indicator.id),
            ("step", t("Step"), steps, found.step),
            ("place", t("Place"), places, query.place),
        ],
        offered_indicators=indicator_curve.offered(query.disease, taken.grant, t),
        areas=_areas(taken, query),
        groups=[],
        pictures=[(t("Curve"), url_for(".page"))] if found.points else [],
        **indicator_curve.shown(found),
    )


def completed(asked: CurveQuery, status: DataStatus) -> CurveQuery:
    """The question with the usual period of its step, where it leaves days open."""
    if status.first_visit is None or status.last_visit is None:
        return asked
    end = asked.end or max(status.last_visit, asked.start or status.last_visit)
    start = asked.start or max(_usual_start(end, asked.step, status.first_visit), status.first_visit)
    return replace(asked, start=min(start, end), end=end)


def _usual_start(end: date, step: str, first: date) -> date:
    if step == "week":
        return period_first_day(end, "week") - timedelta(weeks=_WEEKS - 1)
    if step == "month":
        return add_months(end, 1 - _MONTHS)
    if step == "quarter":
        return add_months(period_first_day(end, "quarter"), -3 * (_QUARTERS - 1))
    return first


def _answered(asked: CurveQuery, faults: Sequence[UsageError] = ()) -> Answered:
    taken = Taken.now()
    asked.check()
    query = completed(asked, taken.status)
    found = service.curve(database(), taken.grant, query, taken.status.last_visit, today_in_cambodia())
    entries = calendar.entries(database(), taken.grant)
    shown, left = words.without_left_out(found, entries)
    known = in_outbreaks(database(), taken.grant, found, today_in_cambodia())
    return Answered(taken, asked, shown, entries, left, faults, known)


def _page(found: Answered) -> str:
    taken, t, query = found.taken, found.taken.t, found.curve.query
    asked = urlencode(found.asked.parameters())
    behind = query.coverage.parameters() | ({"area": query.area} if query.area else {})
    drawn = [
        figure.on_page(figure.curve(found.bars, found.marks, wide), f"{found.title}. {found.said[0]}", name)
        for wide, name in ((figure.INNER, "wide"), (figure.NARROW, "narrow"))
    ]
    return render_template(
        "curves.html",
        title=found.title,
        said=found.said,
        notes=found.notes,
        faults=[fault.in_words(t) for fault in found.faults],
        drawn=drawn if found.bars else [],
        keys=found.keys,
        token_of=figure.token,
        table=words.table(found.curve, found.said_of, found.closed, t) if found.bars else None,
        query=query,
        asked=found.asked,
        question=asked,
        choices=_choices(taken, found.curve),
        offered_indicators=indicator_curve.offered(query.disease, taken.grant, t),
        areas=_areas(taken, query),
        groups=[
            (axis, t(name), _values(axis, t), ",".join(query.groups.get(axis, ())))
            for axis, name in AXIS_NAMES.items()
        ]
        + ([] if not entitled(taken.grant) else [_remote(query, t)]),
        on_map=map_page(behind),
        indicators=[
            (t(row.name), url_for("indicators.one", name=row.id, _anchor="course-title"))
            for row in main_of(query.disease)
        ],
        record_list=record_list(taken.grant, behind),
        pictures=[(t("Curve"), url_for(".page"))],
        **beside.shown(taken, found.curve),
    )


def _with_its_place(given: Mapping[str, str]) -> dict[str, str]:
    """What the form sent: an area of another kind than the place that was chosen has its own kind."""
    area, place = given.get("area", ""), given.get("place", "")
    if area in ALL_CROSSINGS and area != UNKNOWN and place in ("", *PLACES):
        return {**given, "place": "crossing"}
    if area in PROVINCES and place in ("crossing", "facility", "district"):
        return {**given, "place": "care"}
    elsewhere = area not in (*PROVINCES, *ALL_CROSSINGS) and place in ("", *PLACES, "crossing")
    if area and elsewhere and area in district_names(database(), request_context.grant()):
        return {**given, "place": "district"}
    return dict(given)


def _areas(taken: Taken, query: CurveQuery) -> list[tuple[str, list[tuple[str, str]]]]:
    """Areas that may be chosen, by kind; a facility comes from its own page."""
    t, language, scope = taken.t, taken.language, taken.grant.scope
    provinces = [(p.pcode, p.name(language)) for p in PROVINCES.values() if scope.holds(p.pcode)]
    gates = [
        (gate.id, gate.name(language))
        for gate in CROSSINGS.values()
        if scope.national or (gate.pcode is not None and scope.holds(gate.pcode))
    ]
    found = [(t("Provinces"), provinces), (t("Border crossings"), gates)]
    if entitled(taken.grant) and (names := district_names(database(), taken.grant)):
        found.append((t("Operational districts"), [(name, name) for name in names]))
    if query.area and all(query.area != code for _, held in found for code, _ in held):
        found.append((t(words.PLACE_NAMES[query.place]), [(query.area, query.area)]))
    return found


def _remote(query: CurveQuery, t: Any) -> tuple[str, str, list[tuple[str, str]], str]:
    choice = remote_choice(t)
    return choice.name, choice.label, choice.options, query.remote or ""


def _values(axis: str, t: Any) -> list[tuple[str, str]]:
    return [("", t("all")), *((value.code, t(value.name)) for value in shown_values(axis))]


def _diseases(taken: Taken, query: CurveQuery) -> tuple[str, str, list[tuple[str, str]], str]:
    offered = [
        (one.code, taken.t(one.name)) for one in DISEASES.values() if taken.grant.scope.covers(one.code)
    ]
    return "disease", taken.t("Disease"), offered, query.disease


def _choices(taken: Taken, curve: Curve) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """Controls that are always in sight: name, label, values, the chosen one."""
    t, query, issued = taken.t, curve.query, not entitled(taken.grant)
    held = {view.split(":")[1] for view in views(taken.grant)}
    # Of issued figures only what is issued is offered, and the step is the one that is shown.
    days = {VISIT: words.BY_NAMES[VISIT]} if issued else {code: words.BY_NAMES[code] for code in BY_DATES}
    steps = {code: name for code, name in STEPS.items() if not (issued and code == "week")}
    parts = () if issued else PARTS
    places = [
        (code, t(words.PLACE_NAMES[code]))
        for code in CURVE_PLACES
        if (code not in PLACES or code in held) and not (issued and code == "district")
    ]
    return [
        _diseases(taken, query),
        ("what", t("Counted"), [(code, t(words.WHAT_NAMES[code])) for code in WHAT], query.what),
        ("by", t("By which day"), [(code, t(name)) for code, name in days.items()], query.by),
        (
            "step",
            t("Step"),
            [(code, t(name)) for code, name in steps.items()],
            curve.step if issued else query.step,
        ),
        ("place", t("Place"), places, query.place),
        (
            "group",
            t("Divided by"),
            [("", t("not divided")), *((code, t(words.GROUP_NAMES[code])) for code in parts)],
            query.group or "",
        ),
    ]
