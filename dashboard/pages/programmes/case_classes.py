"""Pages of case classes: which class each case has, and giving it another one with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.alerts import class_words as words
from dashboard.messages import translator
from dashboard.pages.uploading import sent_file
from dashboard.permissions import Permission
from dashboard.services import line_lists
from dashboard.services.alerts import classes as service
from dashboard.services.alerts.files import classes as by_file
from dashboard.services.alerts.register import facility_names
from dashboard.services.clock import now_in_cambodia, today_in_cambodia
from dashboard.services.imports.data_status import data_status
from dashboard.services.imports.receipts import file_limits
from dashboard.web import bodies, request_context, sessions, site
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError, UserError

pages = Blueprint("case_classes", __name__)
_MOST_MB = by_file.LARGEST // 1_000_000
#: What the form of a file says.
_OF_FILES = {"most_rows": by_file.MOST, "most_mb": _MOST_MB, "class_names": by_file.CHOICES}


@pages.get("/cases")
@needs(Permission.SEE_LINE_LIST, Permission.NOTE_DECISIONS)
def listed() -> Any:
    """Cases with their classes, once it was said why they are read."""
    if not (reason := sessions.reading_reason()):
        return redirect(url_for("reason.form", next=request.full_path), 303)
    language = request_context.language()
    t = translator(language)
    given = request.args.to_dict()
    last = data_status(database()).last_visit or today_in_cambodia()
    problem, status = "", 200
    try:
        asked = service.asked(given, last)
    except UsageError as error:
        problem, status = error.in_words(t), 400
        asked = service.asked({}, last)
    most = site.settings().line_lists_an_hour
    wanted = given.get("page", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1
    found = service.cases(database(), grant(), asked, reason=reason, most=most, page=number)
    question = {"disease": asked.disease, "from": asked.first.isoformat(), "to": asked.last.isoformat()}
    question |= {"level": asked.level, "place": asked.place} if asked.level else {}
    covers = {code: grant().scope.covers(code) for code, one in DISEASES.items() if not one.sensitive}
    page = render_template(
        "case_classes.html",
        asked=asked,
        rows=words.rows(found, language, t),
        left_out=found.left_out,
        page=found.page,
        many=found.pages,
        newer={**question, "page": found.page - 1},
        older={**question, "page": found.page + 1},
        diseases=words.diseases(covers, t),
        reason=line_lists.in_words(reason, t),
        problem=problem,
        **_OF_FILES,
    )
    return page, status


@pages.post("/cases")
@needs(Permission.SEE_LINE_LIST, Permission.NOTE_DECISIONS)
def bring() -> Response | tuple[str, int]:
    """Give classes by a file, or only try it; the receipt says what became of every row."""
    if not sessions.reading_reason():
        return redirect(url_for("reason.form", next=request.path), 303)
    t = translator(request_context.language())
    # More than a form: it was let in by its header (`bodies`).
    request.max_content_length = by_file.LARGEST + bodies.BESIDE_FILE
    if (request.content_length or 0) > request.max_content_length:
        return _file_page(problem=t("The file is too large: at most {most} MB.").format(most=_MOST_MB)), 413
    limits = file_limits(site.settings())
    limits = replace(limits, file=min(limits.file, by_file.LARGEST))
    try:
        with sent_file("classes", t) as (path, given):
            done = by_file.import_classes(
                database(),
                grant(),
                path,
                now_in_cambodia(),
                t,
                dry_run=given.dry_run,
                called=given.called or "",
                limits=limits,
            )
    except UserError as error:
        return _file_page(problem=error.in_words(t)), 400
    return _file_page(words.receipt(done, t)), 200


def _file_page(receipt: words.Told | None = None, problem: str = "") -> str:
    return render_template("case_classes_file.html", receipt=receipt, problem=problem, **_OF_FILES)


@pages.get("/cases/<int:number>")
@needs(Permission.SEE_LINE_LIST, Permission.NOTE_DECISIONS)
def one(number: int) -> Any:
    """One case: what is known of it, its history, and the form of another class."""
    if not sessions.reading_reason():
        return redirect(url_for("reason.form", next=request.path), 303)
    return _page(number, {})


@pages.post("/cases/<int:number>")
@needs(Permission.SEE_LINE_LIST, Permission.NOTE_DECISIONS)
def change(number: int) -> Response | tuple[str, int]:
    """Give a case another class, or take one back."""
    if not sessions.reading_reason():
        return redirect(url_for("reason.form", next=request.path), 303)
    given = request.form.to_dict()
    try:
        service.change(database(), grant(), number, given, now_in_cambodia())
    except UsageError as error:
        return _page(number, given, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".one", number=number), 303)


def _page(number: int, given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    found = service.case(database(), grant(), number)
    if found is None:
        abort(404)
    row = words.row(found, facility_names(database(), grant()), language, t)
    return render_template(
        "case_class.html",
        case=found,
        row=row,
        facts=words.facts(found, row, t),
        history=words.history(found.classified, t),
        choices=words.choices(found.classified, t),
        longest=service.LONGEST,
        given=given,
        problem=problem,
    )
