"""Cells of an XLSX that show an error, such as #N/A: calamine gives them as blank, which they are not."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

#: What the XML of a sheet holds where a cell shows an error.
MARK = b't="e"'
#: Row number -> (place from 0, text).
Errors = dict[int, list[tuple[int, str]]]
_CELL = re.compile(rb'<c ([^>]*t="e"[^>]*)>(.*?)</c>', re.DOTALL)
_AT = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_SHOWN = re.compile(rb"<v>(#[^<]{1,20})</v>")
_SHEET = re.compile(r"<sheet\b[^>]*>")
_RELATION = re.compile(r"<Relationship\b[^>]*>")
_BLOCK = 1 << 20


def errors_of(path: Path, sheet: str) -> Errors:
    """Cells of one sheet that show an error; none where the archive is put together in an unusual way."""
    found: Errors = {}
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        if part is None:
            return found
        for text in _pieces(archive, part):
            for cell in _CELL.finditer(text) if MARK in text else ():
                at, shown = _AT.search(cell[1]), _SHOWN.search(cell[2])
                if at and shown:
                    found.setdefault(int(at[2]), []).append(
                        (_place(at[1]), shown[1].decode(errors="replace"))
                    )
    return found


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part that holds a sheet: by the sheet's relation in the workbook."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = archive.read("xl/workbook.xml").decode(errors="replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode(errors="replace")
    relation = next((_value(tag, "r:id") for tag in _SHEET.findall(book) if _value(tag, "name") == sheet), "")
    target = next(
        (_value(tag, "Target") for tag in _RELATION.findall(relations) if _value(tag, "Id") == relation), ""
    )
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if relation and part in names else None


def _value(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The XML in pieces that end between two cells."""
    left = b""
    with archive.open(part) as handle:
        while block := handle.read(_BLOCK):
            text = left + block
            end = text.rfind(b"<c ")
            yield text[:end] if end > 0 else b""
            left = text[max(0, end) :][-_BLOCK:]
    yield left


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
