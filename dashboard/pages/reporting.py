"""The page of who has not reported, and the same as files."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from dashboard.components.calendar_words import closed_within
from dashboard.components.coverage import reporting_groups
from dashboard.exports.about import LICENCE, About
from dashboard.exports.reporting import COLUMNS
from dashboard.messages import translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.calendar import entries as calendar
from dashboard.services.today import reporting as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.windows import last_weeks

pages = Blueprint("reporting", __name__)
#: Crossings that were closed within so many days of the last day of the data are named.
_LATELY = timedelta(weeks=8)


@pages.get("/reporting")
@needs(Permission.SEE_REPORTING)
def page() -> str:
    """Silent facilities by province and operational district, and all others."""
    language = request_context.language()
    found = service.reporting(database(), grant())
    t = translator(language)
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
        may_export=grant().can(Permission.EXPORT_TABLES),
    )


@pages.get("/reporting.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_REPORTING)
def file(kind: str) -> Response:
    """Every facility as a table; the use is audited."""
    found = service.reporting(database(), grant())
    taken = Taken.now()
    store.audit_use(database(), grant(), "export", {"table": "reporting", "format": kind})
    return answers.table(kind, "reporting", COLUMNS, found.records(), _about(found, taken))


@pages.get("/reporting.json")
@needs(Permission.SEE_REPORTING)
def sidecar() -> Response:
    """What the table's files are."""
    about = _about(service.reporting(database(), grant()), Taken.now())
    return answers.sidecar(about)


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
