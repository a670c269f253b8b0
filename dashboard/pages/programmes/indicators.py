"""The pages of indicators: all with their definitions, and one by area; and the same as files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import map_page
from dashboard.components.clusters.to_scan import to_scan
from dashboard.components.indicators import painted, words
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.figures.province_map import drawn
from dashboard.figures.svg import curve
from dashboard.figures.svg import province_map as figure
from dashboard.messages import Translate, translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.take_away.indicator_files import course_drawing
from dashboard.parameters import Day
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.indicators import listing
from dashboard.services.indicators.course import COLUMNS as COURSE
from dashboard.services.indicators.course import indicator_course, steps_of
from dashboard.services.indicators.engine import indicator_table
from dashboard.services.indicators.model import IndicatorTable
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import NotPermittedError, UsageError
from surveillance.indicators.model import Indicator, OfReports
from surveillance.indicators.table import INDICATORS

pages = Blueprint("indicators", __name__)
_DAYS = {name: Day(name=name) for name in ("from", "to")}
#: Kinds of area that the map shows.
MAPPED = ("province", "crossing", "facility", "district")
#: Who has reported is asked of so many weeks, unless days are given.
_WEEKS = timedelta(weeks=12)


@dataclass(frozen=True)
class Asked:
    """What an address asks; `problem` says what is wrong with it, and `found` is then None."""

    indicator: Indicator
    by: str
    first: date | None
    last: date | None
    found: IndicatorTable | None
    problem: str

    @property
    def question(self) -> str:
        """As addresses of files carry it."""
        days = {"from": self.first and self.first.isoformat(), "to": self.last and self.last.isoformat()}
        return urlencode({"by": self.by} | {name: day for name, day in days.items() if day})


def _asked(name: str) -> Asked:
    """The question of this request, answered; an indicator that there is not is a page that there is not."""
    if name not in INDICATORS:
        abort(404)
    indicator, given = INDICATORS[name], request.args
    usual = "province" if not indicator.refusal("province") else "country"
    by, days = given.get("by", usual), dict[str, date | None]()
    t = translator(request_context.language())
    try:
        days = {key: day.read(given[key]) if given.get(key) else None for key, day in _DAYS.items()}
        first, last = days["from"], days["to"]
        if isinstance(indicator.counted, OfReports) and (first is None or last is None):
            status = request_context.data_status(database())
            last = last or status.last_visit or today_in_cambodia()
            first = first or last - _WEEKS
        found = indicator_table(database(), grant(), name, by=by, first=first, last=last)
    except (UsageError, NotPermittedError) as error:
        said = error.in_words(t) if isinstance(error, UsageError) else t(str(error))
        return Asked(indicator, by, days.get("from"), days.get("to"), None, said)
    return Asked(indicator, by, first, last, found, "")


@pages.get("/indicators")
@needs(Permission.SEE_COVERAGE)
def listed() -> str:
    """Every indicator with its definition."""
    t = translator(request_context.language())
    return render_template("indicators.html", programmes=words.by_programme(t))


@pages.get("/indicators/<name>")
@needs(Permission.SEE_COVERAGE)
def one(name: str) -> Any:
    """One indicator by area: a table with bars, and a map of the provinces."""
    asked, language = _asked(name), request_context.language()
    t, found, indicator = translator(language), asked.found, asked.indicator
    own = url_for(".one", name=name)
    shown: dict[str, Any] = {}
    if found is not None:
        most = painted.largest(found)
        shown = {
            "rows": [words.cells(row, indicator, most, language, t) for row in found.rows],
            "total": words.cells(found.total, indicator, 0, language, t),
            "said": listing.told(found, t),
            "period": found.period,
        }
        if steps := steps_of(name):
            step = next((one for one in ("quarter", "year") if one in steps), steps[0])
            course = indicator_course(database(), grant(), name, step, first=asked.first, last=asked.last)
            shown["course"] = words.course_cells(course, indicator, t)
            if len(course) > 1:
                drawing, keys = course_drawing(indicator, course, t)
                label = t("{indicator} over time; the table below says the same")
                shown["course_drawn"] = curve.on_page(
                    drawing, label.format(indicator=t(indicator.name)), "course"
                )
                shown["course_keys"] = [
                    (key.kind, curve.token(key.colour), key.sign, key.label)
                    for key in keys
                    if curve.has_token(key.colour)
                ]
        if asked.by == "province":
            scale = painted.scale_of(indicator, most)
            shown["drawn"] = drawn(words.province_map(found, scale, language, t))
            names = painted.class_names(indicator, scale, t)
            shown["classes"] = list(zip(scale.kinds, names, strict=True)) if most else []
    page = render_template(
        "indicator.html",
        own=own,
        asked=asked,
        question=asked.question,
        definition=words.definition(indicator, t),
        choices=[(by, t(words.BY_NAMES[by])) for by in indicator.may_be_by],
        on_map=map_page(_on_map(asked)) if asked.by in MAPPED else "",
        to_scan=to_scan(grant(), name, asked.by, asked.first, asked.last),
        further=[(t("Over time"), f"{own}/course")] if found and steps_of(name) else [],
        pictures=[(t("Map"), own)] if asked.by == "province" and found else [],
        refused=[
            (t(words.BY_NAMES[by]), t(reason)) for by in words.BY_NAMES if (reason := indicator.refusal(by))
        ],
        **shown,
    )
    return (page, 400) if asked.problem else page


@pages.get("/indicators.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_COVERAGE)
def list_file(kind: str) -> Response:
    """The list as a table; the use is audited."""
    taken = Taken.now()
    taken.audit({"table": "indicators", "format": kind})
    return answers.table(kind, "indicators", words.LIST_COLUMNS, _list_rows(), _about_list(taken))


@pages.get("/indicators.json")
@needs(Permission.SEE_COVERAGE)
def list_sidecar() -> Response:
    """What the list's files are."""
    about = _about_list(Taken.now())
    return answers.sidecar(about)


@pages.get("/indicators/<name>.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_COVERAGE)
def file(name: str, kind: str) -> Response:
    """One indicator as a table; the use is audited."""
    asked, taken = _asked(name), Taken.now()
    found = _found(asked)
    store.audit_use(database(), grant(), "export", {"table": name, "by": asked.by, "format": kind})
    rows = found.records(taken.language)
    return answers.table(kind, "indicator", words.COLUMNS, rows, _about(asked, found, taken))


@pages.get("/indicators/<name>/course.<any(csv,xlsx,json):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_COVERAGE)
def course_file(name: str, kind: str) -> Response:
    """One indicator over time as a table: by the month, or by the year where it is of a year."""
    asked, taken = _asked(name), Taken.now()
    found, steps = _found(asked), steps_of(name)
    if not steps:
        abort(404)
    store.audit_use(database(), grant(), "export", {"table": f"{name} over time", "format": kind})
    points = indicator_course(database(), grant(), name, steps[0], first=asked.first, last=asked.last)
    columns = [one for one in words.COURSE_COLUMNS if one.name in COURSE]
    rows = [point.record() for point in points]
    about = replace(_about(asked, found, taken), name=f"chhlang-{name}-over-time", columns=columns, files={})
    return answers.table(kind, "course", columns, rows, about)


@pages.get("/indicators/<name>.json")
@needs(Permission.SEE_COVERAGE)
def sidecar(name: str) -> Response:
    """What one indicator's files are."""
    asked, taken = _asked(name), Taken.now()
    about = _about(asked, _found(asked), taken)
    return answers.sidecar(about)


@pages.get("/indicators/<name>.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(name: str, kind: str) -> Response:
    """The map of the provinces as a picture; the use is audited."""
    asked, taken = _asked(name), Taken.now()
    found, t = _found(asked), taken.t
    if asked.by != "province":
        abort(404)
    scale = painted.scale_of(asked.indicator, painted.largest(found))
    keys = painted.keys(asked.indicator, scale, asked.by, t)
    about = _about(asked, found, taken)
    shown = words.province_map(found, scale, taken.language, t)
    taken.audit({"table": name, "by": asked.by, "format": kind})
    return answers.picture(
        kind, taken, about, figure.provinces(shown), keys, _days(found), t(asked.indicator.unit)
    )


def _on_map(asked: Asked) -> dict[str, str]:
    """The same question as the map has it."""
    days = {"from": asked.first and asked.first.isoformat(), "to": asked.last and asked.last.isoformat()}
    given = {"measure": asked.indicator.id, "by": asked.by}
    return given | {name: day for name, day in days.items() if day}


def _found(asked: Asked) -> IndicatorTable:
    if asked.found is None:
        raise UsageError(asked.problem.replace("{", "{{").replace("}", "}}"))
    return asked.found


def _days(found: IndicatorTable) -> list[str]:
    return [f"{found.period.start} – {found.period.end}"] if found.period else []


def _list_rows() -> list[dict[str, Any]]:
    km: Translate = translator("km")
    return [listing.record(row, km) for row in listing.rows()]


def _about_list(taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-indicators",
        t("Indicators"),
        t("Which indicators there are, and what each counts"),
        answers.address("/indicators"),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each indicator"),
        synthetic=taken.synthetic,
        columns=words.LIST_COLUMNS,
        files={kind: answers.address(f"/indicators.{kind}") for kind in answers.TABLES},
    )


def _about(asked: Asked, found: IndicatorTable, taken: Taken) -> About:
    t, indicator = taken.t, asked.indicator
    path = f"/indicators/{indicator.id}"
    return About(
        f"chhlang-{indicator.id}-{asked.by}",
        t(indicator.name),
        t(words.BY_NAMES[asked.by]),
        answers.address(path),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t(indicator.unit),
        t(indicator.numerator),
        t(indicator.denominator) if indicator.denominator else "",
        synthetic=taken.synthetic,
        statuses=statuses(t),
        notes=[*_days(found), *listing.told(found, t)],
        columns=words.COLUMNS,
        files={kind: answers.address(f"{path}.{kind}") for kind in answers.TABLES},
    )
