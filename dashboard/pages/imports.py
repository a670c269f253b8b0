"""Pages of files: bringing one, answering what it asks, its receipt. They work without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, Literal

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from dashboard.components.imports import file_page as import_page
from dashboard.components.imports import words as import_words
from dashboard.messages import Translate, translator
from dashboard.pages import progress
from dashboard.pages.progress import ProgressPage
from dashboard.pages.uploading import receive, sent_file
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import saved_mappings
from dashboard.services.imports.versioned import Imported
from dashboard.services.neighbours import importing as neighbours
from dashboard.services.uploads import files as uploads
from dashboard.services.uploads import matching as upload_matching
from dashboard.services.uploads.files import Upload
from dashboard.web import request_context
from dashboard.web.access import needs, needs_one_of
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.calendar.buddhist_era import Era
from surveillance.diseases import DISEASES
from surveillance.errors import UserError

_NUMBER = re.compile(r"[0-9a-f]{16}")
_DATES: Mapping[str, Literal["day-first", "month-first"]] = {
    "day-first": "day-first",
    "month-first": "month-first",
}
_ERAS: Mapping[str, Era] = {"thai": "thai", "cambodian": "cambodian"}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


pages = Blueprint("imports", __name__)


def let_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse also accounts of some provinces: a file holds records of every province."""

    @wraps(view)
    def checked(**values: Any) -> Any:
        uploads.check(grant())
        return view(**values)

    return checked


@pages.get("/imports")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def files() -> str:
    """The form, and the caller's files."""
    return _list()


@pages.post("/imports")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def bring() -> Any:
    """Take a file in, and lead to its page."""
    try:
        number = receive(database(), grant(), settings(), request)
    except UserError as error:
        code = 413 if "most" in error.values else 400
        return _list(error.in_words(translator(request_context.language()))), code
    return redirect(url_for(".file", number=number), 303)


@pages.post("/imports/neighbours")
@needs(Permission.IMPORT_FILES)
@let_in
def bring_neighbours() -> Any:
    """Import a file of areas across the border, or only try it: the checks are those of the command."""
    t = translator(request_context.language())
    try:
        done = _of_neighbours(t)
    except UserError as error:
        return _list(wrong=error.in_words(t)), 400
    return _list(done=import_words.receipt(done, t))


@pages.get("/imports/<number>")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def file(number: str) -> str:
    """A file: how far it is, what it asks, or its receipt."""
    return _page(_upload(number))


@pages.get("/imports/<number>/status")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def status(number: str) -> Response:
    """How far a file is, for the page's script."""
    return progress.status(_progress(_upload(number), translator(request_context.language())))


@pages.post("/imports/<number>/<answer>")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def answer(number: str, answer: str) -> Any:
    """Take the answer to what a file asks."""
    return _answered(_upload(number), answer)


@pages.post("/imports/<number>/cancel")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def cancel(number: str) -> Response:
    """Stop the work on a file, and delete it."""
    uploads.cancel(database(), grant(), settings(), _upload(number))
    return redirect(url_for(".file", number=number), 303)


@pages.post("/imports/<number>/returned")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def returned(number: str) -> Response:
    """The rows that go back, once."""
    return _returned(_upload(number))


@pages.get("/imports/mappings/<name>/<int:version>.toml")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@let_in
def mapping(name: str, version: int) -> Response:
    """A mapping that was made here, as a file."""
    found = None
    if _NAME.fullmatch(name) and 0 < version < 1_000_000:
        found = saved_mappings.text_of(database(), grant(), name, version)
    if found is None:
        abort(404)
    kept = {"Content-Disposition": f'attachment; filename="{name}-{version}.toml"'}
    return Response(found, content_type="application/toml; charset=utf-8", headers=kept)


def _upload(number: str) -> Upload:
    """The caller's own upload; 404 for an unknown id or someone else's."""
    found = uploads.get(database(), grant(), number) if _NUMBER.fullmatch(number) else None
    return found if found is not None else abort(404)


def _progress(upload: Upload, t: Translate) -> ProgressPage:
    text = import_words.standing(upload, t)
    return ProgressPage(upload.id, text, final=upload.final, over=not upload.at_work)


def _of_neighbours(t: Translate) -> Imported:
    said = request.form
    given = neighbours.Said(
        said.get("licence", "").strip(), said.get("disease", ""), said.get("published") == "yes"
    )
    with sent_file("neighbours", t) as (path, options):
        read = replace(
            options,
            dates=_DATES.get(said.get("dates", "")),
            era=_ERAS.get(said.get("era", "")),
        )
        return neighbours.import_neighbours(database(), grant(), settings(), path, read, given)


def _list(problem: str = "", wrong: str = "", done: Mapping[str, Any] | None = None) -> str:
    """The page. `wrong`, `done`: of a file of areas across the border, what is wrong, or its receipt."""
    t = translator(request_context.language())
    return render_template(
        "imports.html",
        problem=problem,
        most=settings().max_file_mb,
        most_bytes=uploads.largest(settings()),
        files=[import_page.listed(one, t) for one in uploads.listed(database(), grant())],
        kinds=[(kind, import_words.kind_name(kind, t)) for kind in uploads.kinds(grant())],
        mappings=saved_mappings.listed(database(), grant()),
        may_place=grant().can(Permission.IMPORT_FILES),
        today=today_in_cambodia(),
        wrong=wrong,
        receipt=done,
        diseases=[(code, t(disease.name)) for code, disease in DISEASES.items()],
    )


def _page(upload: Upload, problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    title = upload.name
    if upload.at_work:
        note = t("You may leave this page: the work goes on, and this address stays.")
        back = url_for(".files"), t("Files")
        here = url_for(".file", number=upload.id)
        return progress.page(_progress(upload, t), here, title, t("Working on the file"), note, back)
    noted = {name: uploads.noted(settings(), upload, name) for name in ("look", "match", "tried", "receipt")}
    if upload.over:
        view = import_page.ended(upload, noted["receipt"], t)
        return render_template("import_done.html", upload=upload, title=title, view=view)
    if noted["look"] is None:  # somebody emptied the folder: nothing can be answered any more
        uploads.cancel(database(), grant(), settings(), upload)
        return abort(404)
    tried = noted["tried"] if request.args.get("step") != "mapping" else None
    view = import_page.asked(noted["look"], noted["match"], tried, language, t, upload.kind)
    choices = (
        []
        if tried
        else import_page.mappings(
            saved_mappings.listed(database(), grant(), upload.kind), noted["look"], t, upload.kind
        )
    )
    template = "import_review.html" if tried else "import_mapping.html"
    return render_template(
        template, upload=upload, title=title, view=view, choices=choices, problem=problem or view["problem"]
    )


def _answered(upload: Upload, answer: str) -> Any:
    given = request.form.to_dict()
    answers: dict[str, Callable[[], None]] = {
        "mapping": lambda: uploads.choose(database(), grant(), settings(), upload, given.get("mapping", "")),
        "match": lambda: upload_matching.match(database(), grant(), settings(), upload, given),
        "values": lambda: upload_matching.match_values(database(), grant(), settings(), upload, given),
        "dates": lambda: uploads.answer_dates(database(), grant(), upload, given.get("order", "")),
        "numbers": lambda: uploads.answer_numbers(
            database(), grant(), settings(), upload, given.get("numbers", "")
        ),
        "era": lambda: uploads.answer_era(database(), grant(), settings(), upload, given.get("era", "")),
        "store": lambda: uploads.store(database(), grant(), settings(), upload),
    }
    if answer not in answers:
        return abort(404)
    try:
        answers[answer]()
    except UserError as error:
        said = error.in_words(translator(request_context.language()))
        return _page(_upload(upload.id), said), 400
    return redirect(url_for(".file", number=upload.id), 303)


def _returned(upload: Upload) -> Response:
    """The rows that go back, once: the file is gone as soon as it is open."""
    taken = uploads.take_returned(database(), grant(), settings(), upload)
    if taken is None:
        abort(404)
    handle, ending = taken
    stem = upload.name.rpartition(".")[0] or upload.name
    return send_file(
        handle,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{stem}-returned{ending}",
        max_age=0,
        etag=False,
    )
