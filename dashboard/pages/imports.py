"""Pages of files: bringing one, answering what it asks, its receipt. They work without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, abort, redirect, render_template, request, send_file
from werkzeug.wrappers import Response

from dashboard.components.imports import file_page as import_page
from dashboard.components.imports import words as import_words
from dashboard.messages import Translate, translator
from dashboard.pages import progress
from dashboard.pages.progress import ProgressPage
from dashboard.pages.uploading import receive
from dashboard.permissions import Grant
from dashboard.services.imports import saved_mappings
from dashboard.services.store import Database
from dashboard.services.uploads import files as uploads
from dashboard.services.uploads import matching as upload_matching
from dashboard.services.uploads.files import Upload
from dashboard.settings import Settings
from dashboard.web import request_context
from surveillance.errors import UserError

_NUMBER = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def register(server: Flask, database: Database, settings: Settings) -> None:
    """Add the pages."""

    @server.get("/imports")
    def imports_list() -> str:
        return _list(database, settings)

    @server.post("/imports")
    def imports_bring() -> Any:
        grant = _grant()
        try:
            number = receive(database, grant, settings, request)
        except UserError as error:
            code = 413 if "most" in error.values else 400
            return _list(database, settings, error.in_words(translator(request_context.language()))), code
        return redirect(f"/imports/{number}", 303)

    @server.get("/imports/<number>")
    def imports_file(number: str) -> str:
        return _page(database, settings, _upload(database, number))

    @server.get("/imports/<number>/status")
    def imports_status(number: str) -> Response:
        upload = _upload(database, number)
        return progress.status(_progress(upload, translator(request_context.language())))

    @server.post("/imports/<number>/<answer>")
    def imports_answer(number: str, answer: str) -> Any:
        return _answered(database, settings, _upload(database, number), answer)

    @server.post("/imports/<number>/cancel")
    def imports_cancel(number: str) -> Response:
        upload = _upload(database, number)
        uploads.cancel(database, _grant(), settings, upload)
        return redirect(f"/imports/{number}", 303)

    @server.post("/imports/<number>/returned")
    def imports_returned(number: str) -> Response:
        return _returned(database, settings, _upload(database, number))

    @server.get("/imports/mappings/<name>/<int:version>.toml")
    def imports_mapping(name: str, version: int) -> Response:
        found = None
        if _NAME.fullmatch(name) and 0 < version < 1_000_000:
            found = saved_mappings.text_of(database, _grant(), name, version)
        if found is None:
            _grant()
            abort(404)
        kept = {"Content-Disposition": f'attachment; filename="{name}-{version}.toml"'}
        return Response(found, content_type="application/toml; charset=utf-8", headers=kept)


def _grant() -> Grant:
    """Return the caller's grant, if it includes imports. Each address asks anew."""
    grant = request_context.grant()
    uploads.check(grant)
    return grant


def _upload(database: Database, number: str) -> Upload:
    """The caller's own upload; 404 for an unknown id or someone else's."""
    grant = _grant()
    found = uploads.get(database, grant, number) if _NUMBER.fullmatch(number) else None
    return found if found is not None else abort(404)


def _progress(upload: Upload, t: Translate) -> ProgressPage:
    text = import_words.standing(upload, t)
    return ProgressPage(f"/imports/{upload.id}", text, final=upload.final, over=not upload.at_work)


def _list(database: Database, settings: Settings, problem: str = "") -> str:
    t = translator(request_context.language())
    grant = _grant()
    return render_template(
        "imports.html",
        problem=problem,
        most=settings.max_file_mb,
        most_bytes=uploads.largest(settings),
        files=[import_page.listed(one, t) for one in uploads.listed(database, grant)],
        mappings=saved_mappings.listed(database, grant),
    )


def _page(database: Database, settings: Settings, upload: Upload, problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    title = upload.name
    if upload.at_work:
        note = t("You may leave this page: the work goes on, and this address stays.")
        back = "/imports", t("Files")
        return progress.page(_progress(upload, t), title, t("Working on the file"), note, back)
    noted = {name: uploads.noted(settings, upload, name) for name in ("look", "match", "tried", "receipt")}
    if upload.over:
        view = import_page.ended(upload, noted["receipt"], t)
        return render_template("import_done.html", upload=upload, title=title, view=view)
    if noted["look"] is None:  # somebody emptied the folder: nothing can be answered any more
        uploads.cancel(database, _grant(), settings, upload)
        return abort(404)
    tried = noted["tried"] if request.args.get("step") != "mapping" else None
    view = import_page.asked(noted["look"], noted["match"], tried, language, t)
    choices = (
        [] if tried else import_page.mappings(saved_mappings.listed(database, _grant()), noted["look"], t)
    )
    template = "import_review.html" if tried else "import_mapping.html"
    return render_template(
        template, upload=upload, title=title, view=view, choices=choices, problem=problem or view["problem"]
    )


def _answered(database: Database, settings: Settings, upload: Upload, answer: str) -> Any:
    grant, given = _grant(), request.form.to_dict()
    answers: dict[str, Callable[[], None]] = {
        "mapping": lambda: uploads.choose(database, grant, settings, upload, given.get("mapping", "")),
        "match": lambda: upload_matching.match(database, grant, settings, upload, given),
        "values": lambda: upload_matching.match_values(database, grant, settings, upload, given),
        "dates": lambda: uploads.answer_dates(database, grant, upload, given.get("order", "")),
        "numbers": lambda: uploads.answer_numbers(
            database, grant, settings, upload, given.get("numbers", "")
        ),
        "era": lambda: uploads.answer_era(database, grant, settings, upload, given.get("era", "")),
        "store": lambda: uploads.store(database, grant, settings, upload),
    }
    if answer not in answers:
        return abort(404)
    try:
        answers[answer]()
    except UserError as error:
        said = error.in_words(translator(request_context.language()))
        return _page(database, settings, _upload(database, upload.id), said), 400
    return redirect(f"/imports/{upload.id}", 303)


def _returned(database: Database, settings: Settings, upload: Upload) -> Response:
    """The rows that go back, once: the file is gone as soon as it is open."""
    taken = uploads.take_returned(database, _grant(), settings, upload)
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
