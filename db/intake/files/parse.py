"""Reading a file in this process: which format it has, and the parser of that format."""

from __future__ import annotations

from pathlib import Path

from db.intake.files.formats.archive import unpacked_size
from db.intake.files.formats.repeat_groups import ENTRY
from db.intake.files.header import folded
from db.intake.files.limits import Limits, check_size
from db.intake.files.rows import Table
from surveillance.errors import UnreadableFileError

_TEXT = frozenset({".csv", ".txt", ".tsv"})
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_JSON = frozenset({".json", ".geojson"})
#: Endings of the files that are read.
ENDINGS = _TEXT | _WORKBOOKS | _JSON
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_here(
    path: Path, known: frozenset[str], limits: Limits, sheet: str | None = None, repeat: str = ""
) -> Table:
    """Open a file as a table in this process.

    Raises
    ------
    UnreadableFileError
        As `read_table`.
    """
    form = form_of(path, limits)
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


def form_of(path: Path, limits: Limits) -> str:
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


def held_to_size(path: Path, limits: Limits) -> Limits:
    """The limits of the process that reads this very file: a small workbook may take little memory.

    Raises
    ------
    UnreadableFileError
        The file is of no known form, or its directory is damaged.
    """
    if form_of(path, limits) != "workbook":
        return limits
    return limits.of_workbook(unpacked_size(path, limits))


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
