"""Reading a delivered file as rows of text, with the row numbers its sender sees.

The front door: which form a file has, and where it is read. Text is read here, as a stream. Workbooks and
JSON are read by other people's parsers, in a child process with limits. Rows without any content are
passed over: they hold nothing to account for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.parse import ENDINGS, form_of, read_here
from db.intake.files.rows import CHUNK, Row, Table, fold
from db.intake.files.sandbox import read_in_child
from surveillance.errors import UnreadableFileError

__all__ = ["CHUNK", "ENDINGS", "Limits", "Row", "Table", "fold", "read_here", "read_table", "sha256_of"]


def sha256_of(path: Path) -> str:
    """Fingerprint of a file's bytes."""
    if path.exists() and not path.is_file():  # a pipe would be waited for without end
        raise UnreadableFileError("{file}: cannot be opened (it is no file)", file=path.name)
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(
            "{file}: cannot be opened ({why})", file=path.name, why=error.strerror
        ) from error


def read_table(
    path: Path,
    known: frozenset[str],
    *,
    limits: Limits = DEFAULT,
    sheet: str | None = None,
    repeat: str = "",
) -> Table:
    """Open a file as a table.

    Parameters
    ----------
    path : Path
        Known by its ending: `.csv`, `.tsv`, `.txt`; `.xlsx`, `.xlsm`, `.xlsb`, `.xls`, `.ods`; `.json`,
        `.geojson`.
    known : frozenset of str
        Column names to look for, in any case: they decide the separator, the sheet and the header.
    limits : Limits
        How large it may be.
    sheet : str, optional
        The sheet of a workbook to read, whatever its columns.
    repeat : str
        A repeat group of a survey form, whose entries are read as rows; blank reads each form as one row.

    Raises
    ------
    UnreadableFileError
        The file is missing, empty, of another kind, damaged, too large, or in no encoding.
    """
    form = form_of(path, limits)
    if form == "text" and sheet is None:
        return read_here(path, known, limits, repeat=repeat)
    return read_in_child(path, known, limits, sheet, repeat)
