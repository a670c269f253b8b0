"""The list of what deserves a question in the data, one finding with its form, and the list as files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import with_question
from dashboard.components.quality import words
from dashboard.exports.about import LICENCE, About
from dashboard.exports.sheets.data_quality import COLUMNS
from dashboard.messages import translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.data_quality import quality_list as service
from dashboard.services.data_quality.quality_list import QualityList, Question
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from geodata.provinces import PROVINCES
from surveillance.data_quality.fields import KINDS, STATES
from surveillance.errors import UsageError

pages = Blueprint("data_quality", __name__)
_ASKED = ("from", "to", "kind", "state", "province", "facility")
_KEY = ("kind", "field", "month", "facility")
#: Findings that one page lists; the files hold all of them.
MOST = 300


@pages.get("/data-quality")
@needs(Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def listed() -> str:
    """The list, with the form that filters it; what is wrong with the question is said, and left out."""
    t = translator(request_context.language())
    given, problem = _given(), ""
    try:
        found = service.quality_list(database(), grant(), Question.read(given))
    except UsageError as error:
        problem = error.in_words(t)
        found = service.quality_list(database(), grant(), Question())
    language = request_context.language()
    rows = words.rows(found, language, t)
    return render_template(
        "data_quality.html",
        rows=rows[:MOST],
        left=max(0, len(rows) - MOST),
        summary=words.summary(found, t),
        found=found,
        given=given,
        days={name: text for name, text in given.items() if name in ("from", "to")},
        problem=problem,
        question=urlencode(given),
        may_export=grant().can(Permission.EXPORT_TABLES),
        choices=[
            ("kind", t("Kind"), [("", t("all")), *((code, t(name)) for code, name in KINDS.items())]),
            ("state", t("State"), [("", t("all")), *((code, t(name)) for code, name in STATES.items())]),
            (
                "province",
                t("Province"),
                [
                    ("", t("all")),
                    *(
                        (p.pcode, p.name(language))
                        for p in PROVINCES.values()
                        if grant().scope.holds(p.pcode)
                    ),
                ],
            ),
        ],
    )


@pages.get("/data-quality/finding")
@needs(Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def finding() -> str:
    """One finding, with the form for who works through the list."""
    return _finding({}, "")


@pages.post("/data-quality/finding")
@needs(Permission.MEND_DATA)
def handle() -> Any:
    """Say what became of a finding; what is wrong is said above the form, which keeps what was typed."""
    given = request.form.to_dict()
    try:
        service.handle(database(), grant(), _key(), given, _days())
    except UsageError as error:
        return _finding(given, error.in_words(translator(request_context.language()))), 400
    return redirect(with_question(url_for(".listed"), _given_days()), 303)


@pages.get("/data-quality.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def file(kind: str) -> Response:
    """The whole list as a table; the use is audited."""
    given = _given()
    found = service.quality_list(database(), grant(), Question.read(given))
    store.audit_use(database(), grant(), "export", {"table": "data quality", "format": kind, **given})
    rows = [one.row() for one in found.findings]
    return answers.table(kind, "data-quality", COLUMNS, rows, _about(found, Taken.now()))


@pages.get("/data-quality.json")
@needs(Permission.SEE_DATA_STATUS, Permission.SEE_SMALL_COUNTS)
def sidecar() -> Response:
    """What the table's files are."""
    about = _about(service.quality_list(database(), grant(), Question.read(_given())), Taken.now())
    return answers.sidecar(about)


def _given() -> dict[str, str]:
    return {name: text for name, text in request.args.to_dict().items() if name in _ASKED and text}


def _key() -> service.Key:
    return service.Key(*(request.args.get(name, "") for name in _KEY))


def _given_days() -> dict[str, str]:
    return {name: text for name, text in _given().items() if name in ("from", "to")}


def _days() -> Question:
    try:
        return Question.read(_given_days())
    except UsageError:
        abort(404)


def _finding(given: dict[str, str], problem: str) -> str:
    language = request_context.language()
    t = translator(language)
    try:
        found = service.of_key(database(), grant(), _key(), _days())
    except UsageError:
        abort(404)
    return render_template(
        "data_quality_finding.html",
        row=words.row(found, language, t),
        state=given.get("state", found.state),
        handling=found.handling,
        given=given,
        problem=problem,
        days=_given_days(),
        states=[(code, t(name)) for code, name in STATES.items()],
        longest=(service.LONGEST_OWNER, service.LONGEST_NOTE),
        may_change=grant().can(Permission.MEND_DATA),
    )


def _about(found: QualityList, taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-data-quality",
        t("Data quality"),
        words.summary(found, t),
        answers.address("/data-quality"),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each finding"),
        synthetic=taken.synthetic,
        notes=[words.summary(found, t)],
        columns=COLUMNS,
        files={kind: answers.address(f"/data-quality.{kind}") for kind in answers.TABLES},
    )
