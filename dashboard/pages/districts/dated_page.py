"""Health centre, operational district, province: the dated table, its import by hand, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from dashboard.components.imports.words import receipt
from dashboard.components.moments import local
from dashboard.exports.about import LICENCE, About
from dashboard.exports.sheets.districts import DATED
from dashboard.messages import Translate, translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.uploading import sent_file
from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.districts import importing, tables
from dashboard.services.imports.versioned import Imported
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.errors import UserError

pages = Blueprint("districts", __name__)
#: Files of districts that the page names.
_FILES = 10


@pages.get("/districts")
@needs(Permission.SEE_COVERAGE)
def listed() -> str:
    """Every facility with its district, since when, and who says so."""
    return _page()


def _national(grant: Grant, _permission: Permission, _values: Mapping[str, Any]) -> None:
    """Refuse also accounts of some places: districts are everybody's."""
    importing.check(grant)


@pages.post("/districts")
@needs(Permission.IMPORT_FILES, check=_national)
def bring() -> Any:
    """Import a file, or only try it."""
    t = translator(request_context.language())
    try:
        return _page(done=_import(t))
    except UserError as error:
        return _page(problem=error.in_words(t)), 400


@pages.get("/districts.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_COVERAGE)
def file(kind: str) -> Response:
    """The table as a file that can be imported again; the use is audited."""
    rows = tables.exported(tables.listed(database(), grant()))
    store.audit_use(database(), grant(), "export", {"table": "districts", "format": kind})
    return answers.table(kind, "districts", DATED, rows, _about(Taken.now()), stamped=False)


@pages.get("/districts.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the table's files are."""
    return answers.sidecar(_about(Taken.now()), stamped=False)


def _import(t: Translate) -> Imported:
    order = request.form.get("dates", "")
    with sent_file("districts", t) as (path, given):
        read = replace(
            given,
            dates="day-first" if order == "day-first" else "month-first" if order == "month-first" else None,
        )
        return importing.import_districts(database(), grant(), settings(), path, read)


def _page(done: Imported | None = None, problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    history = request.args.get("history") == "yes"
    rows = tables.listed(database(), grant(), history=history, language=language)
    return render_template(
        "districts.html",
        problem=problem,
        receipt=receipt(done, t) if done else None,
        rows=rows,
        history=history,
        files=tables.files(database(), grant(), _FILES),
        local=local,
        the_list=tables.THE_LIST,
        may_import=grant().can(Permission.IMPORT_FILES) and grant().scope.national,
    )


def _about(taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-districts",
        t("Operational districts of facilities"),
        t("Which operational district each health facility belongs to, since when, and who says so"),
        answers.address("/districts"),
        taken.made_at,
        "",
        t("The facility list and files of districts that were imported to this server"),
        taken.shown_to,
        t("Districts are no counts of patients: none is hidden."),
        t(LICENCE),
        t("one row for each facility and district it belonged to"),
        synthetic=taken.synthetic,
        columns=DATED,
        files={kind: answers.address(f"/districts.{kind}") for kind in answers.TABLES},
    )
