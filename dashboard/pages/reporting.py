"""The page of who has not reported, and the same as files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.calendar_words import closed_within
from dashboard.components.coverage import reporting_groups
from dashboard.components.reporting import looks
from dashboard.components.reporting import page as shown
from dashboard.components.reporting.words import notes
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column
from dashboard.exports.sheets.reporting import COLUMNS, FIGURES, WEEKS
from dashboard.messages import Translate, translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.reporting_filters import ReportingQuery
from dashboard.services import store
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reporting.read import Judged, judged
from dashboard.services.reporting.table import ReportingRow, rows_of
from dashboard.services.reporting.weeks import weeks_of
from dashboard.services.today import reporting as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.diseases import DISEASES
from surveillance.errors import UserError
from surveillance.windows import last_weeks

pages = Blueprint("reporting", __name__)
#: Crossings that were closed within so many days of the last day of the data are named.
_LATELY = timedelta(weeks=8)
#: Weeks that are shown where no days are asked for.
_WEEKS = 12


@dataclass(frozen=True)
class _Asked:
    """The question of an address, its days filled in; what is wrong with it; and its answer."""

    query: ReportingQuery
    first: date
    last: date
    on: date
    faults: tuple[str, ...]
    found: Judged

    @property
    def question(self) -> str:
        """The question as an address has it."""
        return urlencode(self.query.parameters())

    @property
    def programs(self) -> str:
        """The question as a program asks it, with its days."""
        days = {"from": self.first.isoformat(), "to": self.last.isoformat(), "on": self.on.isoformat()}
        return urlencode(self.query.parameters() | days)


def _asked(data_until: date | None, t: Translate) -> _Asked:
    """Read the address. What cannot be read is said, and left out."""
    today = today_in_cambodia()
    query, faults = ReportingQuery.read_readable(
        {name: request.args.get(name) for name in ReportingQuery.names()}
    )
    said = [fault.in_words(t) for fault in (*faults, *query.contradictions())]
    if list(query.contradictions()):
        query = replace(query, start=None, end=None)
    # Judged when the data end: after that every facility would be silent.
    on = query.on or min(today, (data_until or today) + timedelta(days=1))
    last = query.end or (data_until or today)
    if query.end is None:
        last -= timedelta(days=(last.weekday() + 1) % 7)  # a Sunday: the last whole week
    first = query.start or last - timedelta(days=last.weekday(), weeks=_WEEKS - 1)
    last = max(last, first)
    try:
        found = judged(database(), grant(), disease=query.disease, first=first, last=last, today=on)
    except UserError as error:
        said.append(error.in_words(t))
        query = replace(query, disease=None, start=None, end=None)
        last = data_until or today
        first = last - timedelta(weeks=_WEEKS)
        found = judged(database(), grant(), disease=None, first=first, last=last, today=on)
    return _Asked(query, first, last, on, tuple(said), found)


@pages.get("/reporting")
@needs(Permission.SEE_REPORTING)
def page() -> str:
    """Silent facilities by province and operational district, and every facility week by week."""
    language = request_context.language()
    found = service.reporting(database(), grant())
    t = translator(language)
    asked = _asked(found.last, t)
    weeks = weeks_of(asked.found, asked.first, asked.last)
    own = {row.code: row for row in rows_of(asked.found, "facility", language)}
    chosen, left_out = shown.chosen(asked.found, own, asked.query.area)
    states = {cell.state for at in chosen for cell in weeks.rows[at] if cell is not None}
    return render_template(
        "reporting.html",
        reporting=found,
        so_far=reporting_groups.so_far(found, last_weeks(found.last, 1), t) if found.last else "",
        summary=reporting_groups.summary(found, t),
        silent=reporting_groups.grouped(found.silent, found.due, language),
        others=reporting_groups.grouped(
            [one for one in found.facilities if not one.silent], found.facilities, language
        ),
        silent_for=reporting_groups.silent_for,
        last_report=reporting_groups.last_report,
        closed=closed_within(
            calendar.entries(database(), grant()),
            found.last - _LATELY,
            found.last,
            language,
            t,
        )
        if found.last
        else "",
        asked=asked,
        faults=asked.faults,
        heads=shown.heads(weeks.mondays, t),
        blocks=shown.blocks(asked.found, weeks, own, chosen, language, t),
        left_out=left_out,
        legend=looks.legend(t, states),
        notes=notes(asked.found, asked.query.disease, t),
        sums=_sums(asked.found, language, t),
        shown=shown,
        total=_total(asked.found, asked.query.area, language),
        areas=_areas(asked.found, language),
        diseases=[(code, t(one.name)) for code, one in DISEASES.items() if grant().scope.covers(code)]
        if grant().can(Permission.SEE_SMALL_COUNTS)
        else [],
        files=[
            (
                t("Completeness by {kind}").format(kind=name),
                url_for(".figures", kind="csv")[:-4],
                _question(asked, by),
            )
            for by, name in _kinds(t)
        ]
        + [(t("Every report"), url_for(".weeks", kind="csv")[:-4], asked.question)],
        may_export=grant().can(Permission.EXPORT_TABLES),
    )


def _kinds(t: Translate) -> list[tuple[str, str]]:
    return [
        ("facility", t("facility")),
        ("district", t("operational district")),
        ("province", t("province")),
        ("crossing", t("crossing")),
    ]


def _question(asked: _Asked, by: str) -> str:
    return urlencode(replace(asked.query, by=by).parameters())


def _sums(found: Judged, language: str, t: Translate) -> list[tuple[str, list[ReportingRow]]]:
    """Provinces, operational districts and crossings that have facilities."""
    kinds = (
        ("province", t("Provinces")),
        ("district", t("Operational districts")),
        ("crossing", t("Crossings")),
    )
    return [(name, rows) for by, name in kinds if (rows := rows_of(found, by, language))]


def _total(found: Judged, area: str, language: str) -> ReportingRow | None:
    """All reports together, or those of the area that is looked at."""
    kinds = ("province", "crossing", "facility") if area else ("country",)
    rows = (row for by in kinds for row in rows_of(found, by, language))
    return next((row for row in rows if not area or row.code == area), None)


def _areas(found: Judged, language: str) -> list[tuple[str, str]]:
    """Provinces and crossings whose facilities may be looked at alone."""
    return [(row.code, row.name) for by in ("province", "crossing") for row in rows_of(found, by, language)]


@pages.get("/reporting.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_REPORTING)
def file(kind: str) -> Response:
    """Every facility as a table; the use is audited."""
    found = service.reporting(database(), grant())
    taken = Taken.now()
    store.audit_use(database(), grant(), "export", {"table": "reporting", "format": kind})
    return answers.table(kind, "reporting", COLUMNS, found.records(), _about(found, taken))


@pages.get("/reporting/figures.<any(csv,xlsx,json):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_REPORTING)
def figures(kind: str) -> Response:
    """What was due and what came, by facility, province or crossing; the use is audited."""
    taken = Taken.now()
    asked = _asked(taken.status.last_visit, taken.t)
    rows = [row.record() for row in rows_of(asked.found, asked.query.by, taken.language)]
    taken.audit({"table": "reporting figures", "format": kind} | asked.query.parameters())
    about = _about_days(asked, taken, "chhlang-reporting-figures", taken.t("one row for each area"), FIGURES)
    return answers.table(kind, "reporting", FIGURES, rows, about)


@pages.get("/reporting/weeks.<any(csv,xlsx,json):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_REPORTING)
def weeks(kind: str) -> Response:
    """Every report that is due, one in a row; the use is audited."""
    taken = Taken.now()
    asked = _asked(taken.status.last_visit, taken.t)
    rows = shown.file_rows(asked.found, weeks_of(asked.found, asked.first, asked.last), taken.language)
    taken.audit({"table": "reports", "format": kind} | asked.query.parameters())
    about = _about_days(asked, taken, "chhlang-reports", taken.t("one row for each report"), WEEKS)
    return answers.table(kind, "reports", WEEKS, rows, about)


@pages.get("/reporting.json")
@needs(Permission.SEE_REPORTING)
def sidecar() -> Response:
    """What the table's files are."""
    about = _about(service.reporting(database(), grant()), Taken.now())
    return answers.sidecar(about)


def _about_days(asked: _Asked, taken: Taken, name: str, units: str, columns: tuple[Column, ...]) -> About:
    t = taken.t
    said = t("Weeks, months and quarters from {first} to {last}; deadlines before {on} have passed.")
    return About(
        name,
        t("Who has reported"),
        said.format(first=asked.first, last=asked.last, on=asked.on),
        answers.address(request.path),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        units,
        synthetic=taken.synthetic,
        notes=[*asked.faults, *notes(asked.found, asked.query.disease, t)],
        columns=columns,
    )


def _about(found: service.Reporting, taken: Taken) -> About:
    t = taken.t
    last = found.last.isoformat() if found.last else ""
    return About(
        "chhlang-reporting",
        t("Who has not reported"),
        t("Which facilities have sent no report that is due, and for how long, by the last day of the data"),
        answers.address("/reporting"),
        taken.made_at,
        last,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each facility of the list"),
        latest=t("This address names no date: it always means the last day of the data."),
        synthetic=taken.synthetic,
        notes=[reporting_groups.summary(found, t)],
        columns=COLUMNS,
        files={kind: answers.address(f"/reporting.{kind}") for kind in answers.TABLES},
    )
