"""A document on paper: a PDF with its letters in it, whose Khmer lines break between words.

WeasyPrint sets the pages and needs Pango, a library of the system. Where something is missing, this says what.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dashboard.exports.bulletin.as_html import face, page
from dashboard.exports.bulletin.blocks import Block, Bullets, Document, Heading, Paragraph, Table
from dashboard.exports.bulletin.khmer_lines import broken
from surveillance.errors import UsageError
from surveillance.texts import N_

_FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
#: Letters of the paper, by weight; the signs that they lack.
_FILES = {"regular": "NotoSansKhmer-Regular.ttf", "bold": "NotoSansKhmer-Bold.ttf", "signs": "chhlang-signs.ttf"}
_ADDRESS = "chhlang-letters:"
#: Packages that the paper needs, and names of the system's library.
_PACKAGES = ("weasyprint", "khmercut")
_PANGO = ("libpango-1.0-0", "libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll", "pango-1.0")
NO_PACKAGE = N_(
    "a PDF needs the package {name}, which is not installed (pip install -r requirements.txt); HTML and the "
    "picture work without, and a browser prints the HTML"
)
NO_LIBRARY = N_(
    "a PDF needs Pango, a library of the system that is not installed (on Debian: libpango-1.0-0, "
    "libpangoft2-1.0-0, libharfbuzz-subset0); HTML, DOCX and the picture work without, and a browser prints "
    "the HTML"
)


def missing() -> UsageError | None:
    """What a PDF needs and is not there; None where nothing is missing."""
    for name in _PACKAGES:
        if not _has_package(name):
            return UsageError(NO_PACKAGE, "format", name=name)
    return None if _has_pango() else UsageError(NO_LIBRARY, "format")


def _has_package(name: str) -> bool:
    return find_spec(name) is not None


@lru_cache(maxsize=1)
def _has_pango() -> bool:
    for name in _PANGO:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def pdf(document: Document) -> bytes:
    """The pages. The same document gives the same bytes: no day and no chance is in them.

    Raises
    ------
    UsageError
        A package or the system's library is missing.
    """
    if (lacking := missing()) is not None:
        raise lacking
    try:
        from weasyprint import HTML  # noqa: PLC0415 - 30 MB that only paper needs
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    except OSError:  # another library beneath it
        raise UsageError(NO_LIBRARY, "format") from None
    text = page(for_paper(document), Markup(_faces()))  # noqa: S704 - rules of ours
    written: bytes = HTML(string=text, url_fetcher=_letters).write_pdf(
        font_config=FontConfiguration(), pdf_identifier=document.name.encode(), full_fonts=False
    )
    return written


def for_paper(document: Document) -> Document:
    """The same document with places to break between Khmer words."""
    return replace(
        document,
        title=broken(document.title),
        said=[broken(line) for line in document.said],
        stamp=broken(document.stamp),
        blocks=[_broken(block) for block in document.blocks],
        foot=broken(document.foot),
    )


def _broken(block: Block) -> Block:
    if isinstance(block, Heading | Paragraph):
        return replace(block, text=broken(block.text))
    if isinstance(block, Bullets):
        return Bullets([broken(item) for item in block.items])
    if isinstance(block, Table):
        return replace(
            block,
            caption=broken(block.caption),
            heads=[broken(head) for head in block.heads],
            rows=[[broken(cell) for cell in row] for row in block.rows],
        )
    return block


def _faces() -> str:
    faces = [("Noto Sans Khmer", 400, "regular"), ("Noto Sans Khmer", 700, "bold"), ("Chhlang Signs", 400, "signs")]
    return "".join(face(family, weight, _ADDRESS + name, "truetype", "") for family, weight, name in faces)


def _letters(address: str, *_: Any, **__: Any) -> Mapping[str, Any]:
    """The letters that come with the product; nothing else is fetched from anywhere."""
    name = address.removeprefix(_ADDRESS)
    if not address.startswith(_ADDRESS) or name not in _FILES:
        raise ValueError(f"'{address[:80]}' is not fetched")
    return {"string": (_FONTS / _FILES[name]).read_bytes(), "mime_type": "font/ttf"}
