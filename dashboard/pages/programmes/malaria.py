"""Pages of malaria: what is to be done of each case, and the villages that cases came from."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.indicators import malaria_words
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column
from dashboard.exports.sheets.malaria import FOCI, WORKLIST
from dashboard.messages import translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import line_lists
from dashboard.services.clock import now_in_cambodia
from dashboard.services.malaria import foci, worklist
from dashboard.services.places import areas
from dashboard.web import limits, request_context, sessions, site
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database

pages = Blueprint("malaria", __name__)


@pages.get("/malaria")
@needs(Permission.SEE_LINE_LIST)
def cases() -> Any:
    """Cases with something left to do, once it was said why they are read."""
    if not (reason := sessions.reading_reason()):
        return redirect(url_for("reason.form", next=request.path), 303)
    found = _worklist(reason)
    language = request_context.language()
    t = translator(language)
    named = {area.code: area for area in areas.facilities(areas.in_scope(database(), grant()))}
    return render_template(
        "malaria.html",
        found=found,
        at=malaria_words.moment(found.at, found.synthetic_now, t),
        rows=malaria_words.rows(found, named, language, t),
        summary=malaria_words.summary(found, t),
        reason=line_lists.in_words(reason, t),
        may_export=grant().can(Permission.EXPORT_TABLES),
    )


@pages.get("/malaria.<any(csv,xlsx,json):kind>")
@needs(Permission.SEE_LINE_LIST, Permission.EXPORT_TABLES)
def cases_file(kind: str) -> Any:
    """The same as a file; the look is audited."""
    if not (reason := sessions.reading_reason()):
        return redirect(url_for("reason.form", next=url_for(".cases")), 303)
    limits.count(limits.RECORDS, "records")
    found = _worklist(reason)
    taken = Taken.now()
    taken.audit({"table": "malaria worklist", "format": kind, "reason": reason})
    about = _about(
        taken,
        "malaria-worklist",
        taken.t("Cases of malaria with something left to do"),
        url_for(".cases"),
        taken.t("one row for each case"),
        WORKLIST,
        [malaria_words.moment(found.at, found.synthetic_now, taken.t)],
    )
    rows = [row.record(number) for number, row in enumerate(found.rows, start=1)]
    return answers.table(kind, "malaria", WORKLIST, rows, about)


@pages.get("/malaria/foci")
@needs(Permission.SEE_SMALL_COUNTS)
def villages() -> str:
    """The register of foci."""
    found, language = _register(), request_context.language()
    t = translator(language)
    return render_template(
        "malaria_foci.html",
        found=found,
        rows=malaria_words.villages(found, language, t),
        open_rows=malaria_words.open_villages(found, language, t),
        summary=malaria_words.register_summary(found, t),
        may_export=grant().can(Permission.EXPORT_TABLES),
        may_follow=grant().can(Permission.SEE_LINE_LIST),
    )


@pages.get("/malaria/foci.<any(csv,xlsx,json):kind>")
@needs(Permission.SEE_SMALL_COUNTS, Permission.EXPORT_TABLES)
def villages_file(kind: str) -> Response:
    """The same as a file; the use is audited."""
    found, taken = _register(), Taken.now()
    taken.audit({"table": "foci of malaria", "format": kind})
    about = _about(
        taken,
        "malaria-foci",
        taken.t("Villages with local cases of malaria"),
        url_for(".villages"),
        taken.t("one row for each village"),
        FOCI,
        malaria_words.register_summary(found, taken.t),
    )
    return answers.table(kind, "malaria-foci", FOCI, found.records(), about)


def _worklist(reason: str) -> worklist.Worklist:
    most = site.settings().line_lists_an_hour
    return worklist.worklist(database(), grant(), reason=reason, most=most, now=now_in_cambodia())


def _register() -> foci.Register:
    at, _ = worklist.moment(database(), now_in_cambodia())
    return foci.register(database(), grant(), today=at.date())


def _about(
    taken: Taken,
    name: str,
    title: str,
    path: str,
    row: str,
    columns: tuple[Column, ...],
    notes: list[str],
) -> About:
    return About(
        f"chhlang-{name}",
        title,
        title,
        answers.address(path),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        taken.t(LICENCE),
        row,
        synthetic=taken.synthetic,
        notes=notes,
        columns=columns,
    )
