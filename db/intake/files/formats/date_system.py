"""Whether a workbook counts its days from 1904: bare numbers need this, cells formatted as days do not."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path

_SEARCHED = 1 << 20
_XLSX = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*?\bdate1904\s*=\s*[\"'](1|true|on)[\"']", re.IGNORECASE)
_ODS = re.compile(
    rb"<(?:\w+:)?null-date\b[^>]*?(?:date-value(?:-type)?)\s*=\s*[\"']1904-01-01", re.IGNORECASE
)
#: Beginning of the globals of an XLS (BOF of BIFF8, of a workbook), and the record of the date system.
_BOF = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_DATE_MODE, _END = 0x22, 0x0A
#: Number of the record of an XLSB that holds the workbook's properties.
_WORKBOOK_PROPERTIES = 153


def counts_from_1904(path: Path) -> bool:
    """Whether day numbers of a workbook count from 1 January 1904; unless it says so, they count from 1900.

    The file has been checked by then: what cannot be understood here is no fault of its own.
    """
    with path.open("rb") as handle:
        start = handle.read(8)
        if not start.startswith(b"PK"):
            handle.seek(0)
            return _in_xls(handle.read(4 * _SEARCHED))
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            for name, found in (
                ("xl/workbook.xml", lambda text: _XLSX.search(text) is not None),
                ("xl/workbook.bin", _in_xlsb),
                ("content.xml", lambda text: _ODS.search(text) is not None),
            ):
                if name in names:
                    with archive.open(name) as part:
                        return bool(found(part.read(_SEARCHED)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return False


def _in_xls(content: bytes) -> bool:
    """Walk the records of an XLS, which stand one after the other in nearly every file."""
    at = content.find(_BOF)
    while 0 <= at <= len(content) - 4:
        kind, length = struct.unpack_from("<HH", content, at)
        if kind == _END:
            return False
        if kind == _DATE_MODE and length == 2:
            return bool(content[at + 4 : at + 6] == b"\x01\x00")
        at += 4 + length
    return False


def _in_xlsb(content: bytes) -> bool:
    """The first flag of BrtWbProp. A record begins with its number and its length, seven bits to a byte."""
    at = 0
    while at < len(content):
        kind, at = _varying(content, at, 2)
        length, at = _varying(content, at, 4)
        if kind == _WORKBOOK_PROPERTIES:
            return at < len(content) and bool(content[at] & 1)
        at += length
    return False


def _varying(content: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of up to `most` bytes, and where it ends."""
    number = 0
    for i in range(most):
        if at >= len(content):
            break
        byte = content[at]
        number |= (byte & 0x7F) << (7 * i)
        at += 1
        if byte < 0x80:
            break
    return number, at
