"""Receiving a file that a browser posts: straight into its private folder, and never more than is let in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import IO

from flask import Request
from flask import request as this_request
from werkzeug.formparser import FormDataParser

from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.services.store import Database
from dashboard.services.uploads import files as uploads
from dashboard.settings import Settings
from dashboard.web import request_context
from surveillance.errors import UsageError, UserError

#: Bytes of a form beside its file, and how much of one that is too large is heard out: a browser shows no
#: answer while it is still sending.
_FORM, _HEARD_OUT = 1024 * 1024, 64 * 1024 * 1024
_FIELDS = 20
#: Most letters of a source.
_LONGEST = 300


def receive(database: Database, grant: Grant, settings: Settings, request: Request) -> str:
    """Take in the file of a posted form; its number.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UsageError
        There is no file, or it is not let in.
    """
    uploads.check(grant)
    length = request.content_length
    if length is None or request.mimetype != "multipart/form-data":
        raise UsageError("choose a file")
    if length > uploads.largest(settings) + _FORM:
        _hear_out(request, length)
        raise uploads.too_large(settings)
    number, path = uploads.make_room(grant, settings, min(length, uploads.largest(settings)))
    try:
        name, given = _stream(request, length, path)
    except OSError as error:
        uploads.forget(settings, number)
        raise UsageError("the server cannot keep files now; tell its administrator") from error
    except Exception:
        uploads.forget(settings, number)
        raise
    uploads.arrived(database, grant, settings, number, name, given | {"language": request_context.language()})
    return number


def _stream(request: Request, length: int, path: Path) -> tuple[str, dict[str, str]]:
    """Write the one file of a form to a path; its name as given, and the other fields."""
    opened: list[IO[bytes]] = []
    request.max_content_length = length + 1  # to reach the most counts as going beyond it

    def sink(*_: object, **__: object) -> IO[bytes]:
        if opened:
            raise UsageError("bring one file at a time")
        opened.append(path.open("xb"))
        return opened[0]

    parser = FormDataParser(
        sink, max_form_memory_size=_FORM, max_content_length=length, max_form_parts=_FIELDS, silent=False
    )
    try:
        _, form, files = parser.parse(request.stream, request.mimetype, length, request.mimetype_params)
    except ValueError as error:
        raise UsageError("the form cannot be read; choose the file again") from error
    finally:
        for handle in opened:
            handle.close()
    sent = files.get("file")
    if sent is None or not sent.filename:
        raise UsageError("choose a file")
    return sent.filename, form.to_dict()


def _hear_out(request: Request, length: int) -> None:
    request.max_content_length = length + 1
    left = _HEARD_OUT
    with suppress(Exception):
        while left > 0 and (part := request.stream.read(min(left, 1024 * 1024))):
            left -= len(part)


@contextmanager
def sent_file(name: str, t: Translate) -> Iterator[tuple[Path, ImportOptions]]:
    """The file of this request, kept while it is read, and what the form says of it.

    Raises
    ------
    UserError
        No file was chosen, or what is wrong with it, under the name that its sender knows.
    """
    sent = this_request.files.get("file")
    if sent is None or not sent.filename:
        raise UsageError("choose a file")
    called = PurePath(sent.filename.replace("\\", "/")).name
    given = ImportOptions(
        source=this_request.form.get("source", "").strip()[:_LONGEST] or DEFAULT_SOURCE,
        dry_run=this_request.form.get("what") != "store",
        called=called,
        t=t,
    )
    with tempfile.TemporaryDirectory(prefix=f"chhlang-{name}-") as folder:
        path = Path(folder, f"{name}{PurePath(called).suffix.lower()[:8]}")
        sent.save(path)
        try:
            yield path, given
        except UserError as error:
            if error.values.get("file") == path.name:  # say it by the name that its sender knows
                error.values["file"] = called
            raise
