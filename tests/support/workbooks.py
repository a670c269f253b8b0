"""Workbooks of other programmes, written by hand: ODS as its XML, XLS as its records in their wrapping."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Lines = Sequence[Sequence[Any]]

_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{of}:1.0"'
    for name, of in (("office", "office"), ("table", "table"), ("text", "text"))
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_ods(path: Path, sheets: Mapping[str, Lines]) -> Path:
    """An ODS of these sheets; an int after a text in a tuple merges the cell over as many columns."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, line))}</table:table-row>" for line in lines)
        + "</table:table>"
        for name, lines in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _ODS, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{_ODS}"/></manifest:manifest>',
        )
        archive.writestr("content.xml", content)
    return path


def _ods_cell(cell: Any) -> str:
    if isinstance(cell, tuple):
        text, width = cell
        spanned = f'<table:table-cell table:number-columns-spanned="{width}" office:value-type="string">'
        covered = "<table:covered-table-cell/>" * (width - 1)
        return f"{spanned}<text:p>{escape(text)}</text:p></table:table-cell>{covered}"
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        kind, value, text = "boolean", f'office:boolean-value="{str(cell).lower()}"', str(cell).upper()
    elif isinstance(cell, (int, float)):
        kind, value, text = "float", f'office:value="{cell}"', str(cell)
    elif isinstance(cell, (date, datetime)):
        kind, value, text = "date", f'office:date-value="{cell.isoformat()}"', str(cell)
    elif isinstance(cell, timedelta):
        minutes = int(cell.total_seconds()) // 60
        kind, text = "time", str(cell)
        value = f'office:time-value="PT{minutes // 60:02}H{minutes % 60:02}M00S"'
    else:
        kind, value, text = "string", "", str(cell)
    typed = f'<table:table-cell office:value-type="{kind}" {value}>'
    return f"{typed}<text:p>{escape(text)}</text:p></table:table-cell>"


# --- XLS: BIFF8 records (MS-XLS 2.4) in a compound file (MS-CFB 2.2) ---------------------------------

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_FORMATS = {"plain": 0, "date": 14, "time": 20, "duration": 46}
_DAY_0 = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a sheet has no zone
_XF = {name: place for place, name in enumerate(_FORMATS)}


def write_xls(
    path: Path,
    sheets: Mapping[str, Lines],
    *,
    hidden: Sequence[str] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
    from_1904: bool = False,
) -> Path:
    """An XLS of these sheets; `merged` are (first row, last row, first column, last column), from 0."""
    bodies = [_sheet(lines, merged, from_1904) for lines in sheets.values()]
    start = _begin(5) + _record(0x22, struct.pack("<H", from_1904))
    start += b"".join(_record(0xE0, struct.pack("<HH16x", 0, number)) for number in _FORMATS.values())
    names = [name.encode("utf-16-le") for name in sheets]
    offset = len(start) + sum(4 + 8 + len(name) for name in names) + 4
    for name, title, body in zip(names, sheets, bodies, strict=True):
        about = struct.pack("<IBBBB", offset, title in hidden, 0, len(name) // 2, 1)
        start += _record(0x85, about + name)
        offset += len(body)
    path.write_bytes(_wrapped(start + _record(0x0A) + b"".join(bodies)))
    return path


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _sheet(lines: Lines, merged: Sequence[tuple[int, int, int, int]], from_1904: bool) -> bytes:
    width = max(map(len, lines), default=0)
    content = _begin(0x10) + _record(0x200, struct.pack("<IIHHH", 0, len(lines), 0, width, 0))
    for row, line in enumerate(lines):
        content += b"".join(
            _xls_cell(row, column, cell, from_1904)
            for column, cell in enumerate(line)
            if cell is not None and cell != ""
        )
    if merged:
        spans = b"".join(struct.pack("<4H", *span) for span in merged)
        content += _record(0xE5, struct.pack("<H", len(merged)) + spans)
    return content + _record(0x0A)


def _xls_cell(row: int, column: int, cell: Any, from_1904: bool) -> bytes:
    if isinstance(cell, bool):
        return _record(0x205, struct.pack("<HHHBB", row, column, 0, cell, 0))
    if cell == "#N/A":
        return _record(0x205, struct.pack("<HHHBB", row, column, 0, 0x2A, 1))
    if isinstance(cell, str):
        return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(cell), 1) + cell.encode("utf-16-le"))
    form, number = "plain", cell
    if isinstance(cell, datetime):
        form, number = "date", (cell - _DAY_0[from_1904]).total_seconds() / 86_400
    elif isinstance(cell, time):
        form, number = "time", (cell.hour * 60 + cell.minute) / 1440
    elif isinstance(cell, timedelta):
        form, number = "duration", cell.total_seconds() / 86_400
    return _record(0x203, struct.pack("<HHHd", row, column, _XF[form], float(number)))


def _wrapped(stream: bytes) -> bytes:
    """A compound file with one stream, `Workbook`."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    count = len(stream) // _SECTOR
    if count > _SECTOR // 4 - 2:
        raise ValueError("one table of sectors is all that is written here")
    table = [_FAT, _END, *range(3, count + 2), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    folder = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))
    folder += _entry("", 0, _FREE, 0, 0) * 2
    return header + struct.pack(f"<{len(table)}I", *table) + folder + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, _FREE, _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
