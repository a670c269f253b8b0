"""The page of population figures, their import in the browser, and the same as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from dashboard.components.imports.words import receipt
from dashboard.components.moments import local
from dashboard.exports.about import LICENCE, About
from dashboard.exports.sheets.population import COLUMNS
from dashboard.messages import Translate, translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.uploading import sent_file
from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.denominators import importing, read, tables
from dashboard.services.imports.versioned import Imported
from dashboard.services.store import Database
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.denominators.kinds import GRADES, KINDS, LEVELS
from surveillance.errors import UserError
from surveillance.texts import N_
from surveillance.vocabulary import SEX

pages = Blueprint("denominators", __name__)
#: Files of figures that the page names.
_FILES = 10
_LEVEL_NAMES = {
    "country": N_("Country"),
    "province": N_("Province"),
    "operational_district": N_("Operational district"),
    "district": N_("District"),
    "commune": N_("Commune"),
    "village": N_("Village"),
}
_UNITS = {"people": N_("people"), "cases": N_("cases")}


@pages.get("/denominators")
@needs(Permission.SEE_COVERAGE)
def listed() -> str:
    """Figures in force, with their source, year, grade and history."""
    return _page()


def _national(grant: Grant, _permission: Permission, _values: Mapping[str, Any]) -> None:
    """Refuse also accounts of some provinces: figures are everybody's."""
    importing.check(grant)


@pages.post("/denominators")
@needs(Permission.IMPORT_FILES, check=_national)
def bring() -> Any:
    """Import a file, or only try it."""
    t = translator(request_context.language())
    try:
        return _page(done=_import(database(), t))
    except UserError as error:
        return _page(problem=error.in_words(t)), 400


@pages.get("/denominators.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_COVERAGE)
def file(kind: str) -> Response:
    """Figures in force as a file that can be imported again; the use is audited."""
    found = tables.listed(database(), grant(), **_asked())
    store.audit_use(database(), grant(), "export", {"table": "denominators", "format": kind})
    return answers.table(kind, "population", COLUMNS, found.exported(), _about(Taken.now()), stamped=False)


@pages.get("/denominators.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the table's files are."""
    about = _about(Taken.now())
    return answers.sidecar(about, stamped=False)


def _asked() -> dict[str, Any]:
    """Kind and year of the address; what is none is passed over."""
    kind, year = request.args.get("kind", ""), request.args.get("year", "")
    return {
        "kind": kind if kind in KINDS else None,
        "year": int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
    }


def _import(held: Database, t: Translate) -> Imported:
    with sent_file("population", t) as (path, given):
        return importing.import_population(held, grant(), settings(), path, given, request_context.language())


def _page(done: Imported | None = None, problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    asked, history, parts = _asked(), request.args.get("history") == "yes", request.args.get("parts") == "yes"
    every = read.versions(database(), grant())
    years = sorted({one.figure.year for one in every}, reverse=True)
    found = tables.listed(database(), grant(), **asked, history=history)
    order = list(KINDS)
    rows = sorted(found.rows(language), key=lambda row: order.index(row["kind"]))
    shown = [row for row in rows if parts or (row["sex"] is None and row["age"] is None)]
    sexes = {value.code: t(value.name) for value in SEX}
    kinds = [(code, t(kind.name)) for code, kind in KINDS.items()]
    return render_template(
        "denominators.html",
        problem=problem,
        done=done,
        receipt=receipt(done, t) if done else None,
        rows=shown,
        left_out=len(rows) - len(shown),
        kinds=kinds,
        kind_names=dict(kinds),
        meanings=[
            (
                t(kind.name),
                t(kind.meaning),
                t(_UNITS[kind.unit]),
                t(_LEVEL_NAMES[kind.lowest]),
                kind.interval_below,
            )
            for kind in KINDS.values()
        ],
        grades={code: t(name) for code, name in GRADES.items()},
        sexes=sexes,
        years=[(str(year), str(year)) for year in years],
        asked=asked,
        history=history,
        parts=parts,
        files=read.files(database(), grant(), _FILES),
        local=local,
        may_import=grant().can(Permission.IMPORT_FILES) and grant().scope.national,
    )


def _about(taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-population",
        t("Population figures"),
        t("Figures that rates are divided by: of which area and year, who says so, and how well it is known"),
        answers.address("/denominators"),
        taken.made_at,
        "",
        t("Figures that were imported to this server; each row names its source"),
        taken.shown_to,
        t("Population figures are no counts of patients: none is hidden."),
        t(LICENCE),
        t("one row for each figure in force"),
        synthetic=taken.synthetic,
        columns=COLUMNS,
        files={kind: answers.address(f"/denominators.{kind}") for kind in answers.TABLES},
    )


assert set(_LEVEL_NAMES) == set(LEVELS)  # noqa: S101 - a level that is added gets its name
