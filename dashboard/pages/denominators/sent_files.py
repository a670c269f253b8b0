"""A file of a table that keeps every version, as the form of a page sends it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from flask import request

from dashboard.messages import Translate
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from surveillance.errors import UsageError, UserError

_LONGEST = 300


@contextmanager
def sent_file(name: str, t: Translate) -> Iterator[tuple[Path, ImportOptions]]:
    """The file of this request, kept while it is read, and what the form says of it.

    Raises
    ------
    UserError
        No file was chosen, or what is wrong with it, under the name that its sender knows.
    """
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise UsageError("choose a file")
    called = PurePath(sent.filename.replace("\\", "/")).name
    given = ImportOptions(
        source=request.form.get("source", "").strip()[:_LONGEST] or DEFAULT_SOURCE,
        dry_run=request.form.get("what") != "store",
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
