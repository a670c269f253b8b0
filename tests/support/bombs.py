"""Archives that are not what they say."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

MB = 1024 * 1024
_TYPES = '<Types xmlns="urn:x"><Default Extension="xml" ContentType="application/xml"/></Types>'
_OFFICE = "http" + "://schemas.openxmlformats.org/"
_BOOK = (
    f'<workbook xmlns="{_OFFICE}spreadsheetml/2006/main" '
    f'xmlns:r="{_OFFICE}officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>"
)


def _relation(target: str, kind: str, number: int = 1) -> str:
    return (
        f'<Relationship Id="r{number}" Type="{_OFFICE}officeDocument/2006/relationships/{kind}" '
        f'Target="{target}"/>'
    )


def _relations(*relations: str) -> str:
    return f'<Relationships xmlns="{_OFFICE}package/2006/relationships">{"".join(relations)}</Relationships>'


def sheet(body: str, before: str = "", head: str = "") -> str:
    """XML of a sheet."""
    main = f"{_OFFICE}spreadsheetml/2006/main"
    return f'{head}<worksheet xmlns="{main}">{before}<sheetData>{body}</sheetData></worksheet>'


def cells(*names: str) -> str:
    """A first row of texts."""
    return (
        '<row r="1">'
        + "".join(f'<c r="{chr(65 + n)}1" t="str"><v>{name}</v></c>' for n, name in enumerate(names))
        + "</row>"
    )


def parts(body: str, **more: str) -> dict[str, str]:
    """The parts of a workbook with one sheet."""
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations(_relation("xl/workbook.xml", "officeDocument")),
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _relations(
            _relation("worksheets/sheet1.xml", "worksheet"),
            _relation("sharedStrings.xml", "sharedStrings", 2),
        ),
        "xl/worksheets/sheet1.xml": body,
    } | more


def packed(path: Path, content: Mapping[str, str | bytes]) -> Path:
    """An archive of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def swollen(path: Path, size: int, name: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook whose sheet unpacks to `size` bytes of blanks."""
    path.write_bytes(_swollen(size, name))
    return path


@cache
def _swollen(size: int, name: str) -> bytes:
    block, packed = b" " * MB, BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for part, text in parts("").items():
            if part != name:
                archive.writestr(part, text)
        with archive.open(name, "w") as handle:
            for _ in range(size // MB):
                handle.write(block)
    return packed.getvalue()


def lying(path: Path, name: str, said: int) -> Path:
    """The archive with another size of one entry in its directory and before the entry, and its checksum."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.read(name)[:said]
    for mark, at_size, at_crc, at_name in ((b"PK\x01\x02", 24, 16, 46), (b"PK\x03\x04", 22, 14, 30)):
        at = content.find(mark)
        while at >= 0:
            if content[at + at_name : at + at_name + len(name)] == name.encode():
                content[at + at_size : at + at_size + 4] = struct.pack("<I", said)
                content[at + at_crc : at + at_crc + 4] = struct.pack("<I", zlib.crc32(start))
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    return path
