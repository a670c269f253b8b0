"""How late records come, by province or facility: a page and the same as files."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from dashboard.components.quality import delay_words
from dashboard.exports.about import LICENCE, About
from dashboard.exports.sheets.data_quality import DELAYS
from dashboard.messages import translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.nowcast import delay_table
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

pages = Blueprint("delays", __name__)


@pages.get("/data-quality/delays")
@needs(Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def listed() -> str:
    """The table, with the form that chooses level and disease; what is wrong is said, and left out."""
    language = request_context.language()
    t = translator(language)
    given, problem = _given(), ""
    try:
        found = _found(given)
    except UsageError as error:
        problem, given = error.in_words(t), {}
        found = _found(given)
    told = [code for code, one in DISEASES.items() if not one.sensitive and grant().scope.covers(code)]
    return render_template(
        "data_quality_delays.html",
        rows=delay_words.rows(found, language, t),
        notes=delay_words.notes(found, t),
        given=given,
        problem=problem,
        question=urlencode(given),
        choices=[
            ("by", t("Shown by"), [(code, t(delay_words.LEVELS[code])) for code in delay_table.LEVELS]),
            ("disease", t("Disease"), [("", t("all")), *((code, t(DISEASES[code].name)) for code in told)]),
        ],
    )


@pages.get("/data-quality/delays.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def file(kind: str) -> Response:
    """The table as a file; the use is audited."""
    given = _given()
    found = _found(given)
    store.audit_use(database(), grant(), "export", {"table": "delays", "format": kind, **given})
    return answers.table(kind, "delays", DELAYS, list(found.rows), _about(found, Taken.now()))


@pages.get("/data-quality/delays.json")
@needs(Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def sidecar() -> Response:
    """What the table's files are."""
    about = _about(_found(_given()), Taken.now())
    return answers.sidecar(about)


def _given() -> dict[str, str]:
    return {name: request.args[name] for name in ("by", "disease") if request.args.get(name)}


def _found(given: dict[str, str]) -> delay_table.DelayTable:
    by = given.get("by", delay_table.COUNTRY)
    return delay_table.table(database(), grant(), by=by, disease=given.get("disease"))


def _about(found: delay_table.DelayTable, taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-delays",
        t("How late records come"),
        t("Days between onset, visit, report and the file that brought a record, in the last year"),
        answers.address("/data-quality/delays"),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each place and step"),
        synthetic=taken.synthetic,
        notes=delay_words.notes(found, t),
        columns=DELAYS,
        files={kind: answers.address(f"/data-quality/delays.{kind}") for kind in answers.TABLES},
    )
