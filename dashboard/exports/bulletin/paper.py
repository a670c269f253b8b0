"""A document on paper: a PDF with its letters in it, whose Khmer lines break between words.

WeasyPrint sets the pages and needs Pango, a library of the system. What is missing is named.
"""

from __future__ import annotations

import base64
import ctypes
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from markupsafe import Markup

from dashboard.exports.bulletin.as_html import data, face, page
from dashboard.exports.bulletin.blocks import Block, Bullets, Document, Figure, Heading, Paragraph, Table
from dashboard.exports.bulletin.khmer_lines import broken
from dashboard.figures.svg.png import png
from surveillance.errors import UsageError
from surveillance.texts import N_

#: Letters of the paper: family, weight, file; the last has the signs that the others lack.
_FACES = (
    ("Noto Sans Khmer", 400, "NotoSansKhmer-Regular.ttf"),
    ("Noto Sans Khmer", 700, "NotoSansKhmer-Bold.ttf"),
    ("Chhlang Signs", 400, "chhlang-signs.ttf"),
)
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
    written: bytes = laid_out(document).write_pdf(pdf_identifier=document.name.encode())
    return written


def laid_out(document: Document) -> Any:
    """The pages as WeasyPrint sets them: every line has its place.

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
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except OSError:  # another library beneath it
        raise UsageError(NO_LIBRARY, "format") from None
    text = page(for_paper(document), Markup(_faces()), _picture)  # noqa: S704 - rules of ours
    nothing_else = URLFetcher(allowed_protocols=("data",))  # nothing is fetched from anywhere
    return HTML(string=text, url_fetcher=nothing_else).render(font_config=FontConfiguration())


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


def _picture(figure: Figure) -> Markup:
    """A figure as a picture: WeasyPrint does not shape Khmer within SVG."""
    address = f"data:image/png;base64,{base64.b64encode(png(figure.svg)).decode()}"
    return Markup('<img alt="{}" src="{}">').format(figure.says, address)


@lru_cache(maxsize=1)
def _faces() -> str:
    return "".join(
        face(family, weight, data(name, "font/ttf"), "truetype", "") for family, weight, name in _FACES
    )
