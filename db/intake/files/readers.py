"""Reading a delivered file as rows of text, with the row numbers its sender sees.

The front door: which form a file has, and where it is read. Text is read here, as a stream. Workbooks and
JSON are read by other people's parsers, in a child process with limits. Rows without any content are
passed over: they hold nothing to account for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from db.intake.files.formats.repeat_groups import ENTRY
from db.intake.files.header import folded
from db.intake.files.limits import DEFAULT, Limits, check_size
from db.intake.files.rows import CHUNK, Row, Table, fold
from db.intake.files.sandbox import read_in_child
from surveillance.errors import UnreadableFileError

__all__ = ["CHUNK", "ENDINGS", "Limits", "Row", "Table", "fold", "read_here", "read_table", "sha256_of"]

_TEXT = frozenset({".csv", ".txt", ".tsv"})
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_JSON = frozenset({".json", ".geojson"})
#: Endings of the files that are read.
ENDINGS = _TEXT | _WORKBOOKS | _JSON
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


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
    form = _form(path, limits)
    if form == "text" and sheet is None:
        return read_here(path, known, limits, repeat=repeat)
    return read_in_child(path, known, limits, sheet, repeat)


def read_here(
    path: Path, known: frozenset[str], limits: Limits, sheet: str | None = None, repeat: str = ""
) -> Table:
    """Open a file as a table in this process.

    Raises
    ------
    UnreadableFileError
        As `read_table`.
    """
    form = _form(path, limits)
    if sheet is not None and form != "workbook":
        raise UnreadableFileError("{file}: has no sheets; leave out the name of one", file=path.name)
    if form == "text":
        from db.intake.files.formats.text import read_text  # noqa: PLC0415 - workbooks do not need it

        table = read_text(path, folded(known), limits)
        if repeat and ENTRY not in table.header:  # rows that Chhlang returned have it
            raise UnreadableFileError(
                "{file}: the mapping reads the repeat group '{group}', which text files do not hold; "
                "export JSON or XLSX",
                file=path.name,
                group=repeat,
            )
        return table
    if form == "workbook":
        from db.intake.files.formats.workbook import read_workbook  # noqa: PLC0415 - text does not need it

        return read_workbook(path, folded(known), limits, sheet, repeat)
    from db.intake.files.formats.json_items import read_json  # noqa: PLC0415 - text does not need it

    return read_json(path, folded(known), limits, repeat)


def _form(path: Path, limits: Limits) -> str:
    """`text`, `workbook` or `json`: by the ending, and by how the file begins where the two differ."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UnreadableFileError(
            "{file}: files ending in '{ending}' are not read; save it as CSV or XLSX",
            file=path.name,
            ending=ending,
        )
    check_size(path, limits)
    try:
        with path.open("rb") as handle:
            start = handle.read(512)
    except OSError as error:
        raise UnreadableFileError(
            "{file}: cannot be opened ({why})", file=path.name, why=error.strerror
        ) from error
    if ending in _JSON:
        return "json"
    if start.startswith((_ZIP, _OLE)):
        return "workbook"
    if ending == ".xls":
        return _not_a_workbook(path, start)
    return "text" if ending in _TEXT else "workbook"


def _not_a_workbook(path: Path, start: bytes) -> str:
    """Many programmes save text, or a web page, under the ending of a workbook."""
    begins = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if begins.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style")):
        raise UnreadableFileError(
            "{file}: is a web page saved under the ending of a workbook; "
            "open it in a spreadsheet and save it as XLSX",
            file=path.name,
        )
    is_biff = start[:1] == b"\x09" and b"\0" in start[:8]  # workbooks of before 1993 have no wrapping
    return "workbook" if is_biff or not start.strip() else "text"
