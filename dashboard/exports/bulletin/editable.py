"""A document as an editable DOCX: headings, tables and pictures that Word and LibreOffice open."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

from dashboard.exports.bulletin.blocks import (
    MOTTO,
    MOTTO_EN,
    WRITER,
    Bullets,
    Document,
    Figure,
    Heading,
    Paragraph,
    Table,
)
from dashboard.figures.svg.png import png
from surveillance.errors import UsageError
from surveillance.texts import N_

NO_PACKAGE = N_(
    "a DOCX needs the package {name}, which is not installed (pip install -r requirements.txt); HTML works "
    "without"
)
#: The letters: Windows has them, with Khmer; elsewhere the system takes its own.
_LETTERS = "Leelawadee UI"
_WIDE_CM = 16.5
#: The day that stands in the file, so that the same document has the same bytes.
_NO_DAY = (1980, 1, 1, 0, 0, 0)
_STYLES = {"note": ("italic", 9), "strong": ("bold", 11), "warn": ("bold", 11), "": ("", 11)}


def missing() -> UsageError | None:
    """What a DOCX needs and is not there; None where nothing is missing."""
    return None if find_spec("docx") else UsageError(NO_PACKAGE, "format", name="python-docx")


def docx(document: Document) -> bytes:
    """The file. Words are as they are on pages: a word processor breaks Khmer lines by itself.

    Raises
    ------
    UsageError
        The package is missing.
    """
    if (lacking := missing()) is not None:
        raise lacking
    from docx import Document as new  # noqa: N813, PLC0415 - lxml, which only this needs

    made = new()
    _set_up(made, document)
    _head(made)
    made.add_heading(document.title, 0)
    for text in document.said:
        _paragraph(made, text, "note")
    _paragraph(made, document.stamp, "strong" if document.passing_on else "warn")
    for block in document.blocks:
        if isinstance(block, Heading):
            if block.new_page:
                made.add_page_break()
            made.add_heading(block.text, block.level - 1)
        elif isinstance(block, Paragraph):
            _paragraph(made, block.text, block.tone)
        elif isinstance(block, Bullets):
            for item in block.items:
                made.add_paragraph(item, style="List Bullet")
        elif isinstance(block, Table):
            _table(made, block)
        elif isinstance(block, Figure):
            _figure(made, block)
    _paragraph(made, document.foot, "note")
    held = io.BytesIO()
    made.save(held)
    return _without_days(held.getvalue())


def _set_up(made: Any, document: Document) -> None:
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Cm  # noqa: PLC0415

    for name in ("Normal", "Title", *(f"Heading {level}" for level in (1, 2, 3))):
        letters = made.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
            letters.set(qn(f"w:{kind}"), _LETTERS)
        for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            letters.attrib.pop(qn(f"w:{kind}"), None)
    for section in made.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(1.8)
        section.footer.paragraphs[0].text = document.stamp
    facts = made.core_properties
    facts.author, facts.title, facts.language = "Chhlang", document.title, document.language
    facts.comments = ""
    facts.created = facts.modified = datetime(1980, 1, 1, tzinfo=UTC)


def _head(made: Any) -> None:
    """The head of letters of the state: who writes on the left, kingdom and motto in the middle."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    for khmer, english in zip(MOTTO, MOTTO_EN, strict=True):
        for text, bold in ((khmer, True), (english, False)):
            said = made.add_paragraph()
            said.alignment = WD_ALIGN_PARAGRAPH.CENTER
            said.paragraph_format.space_after = 0
            said.add_run(text).bold = bold
    for text, bold in zip(WRITER, (True, False), strict=True):
        said = made.add_paragraph()
        said.paragraph_format.space_after = 0
        said.add_run(text).bold = bold
    made.add_paragraph("លេខ / No.: ........................")


def _paragraph(made: Any, text: str, tone: str) -> None:
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    look, size = _STYLES[tone]
    run = made.add_paragraph().add_run(text)
    run.bold, run.italic, run.font.size = look == "bold", look == "italic", Pt(size)
    if tone == "warn":
        run.font.color.rgb = RGBColor(0x8A, 0x1C, 0x1C)


def _table(made: Any, block: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    _paragraph(made, block.caption, "strong")
    table = made.add_table(rows=0, cols=len(block.heads), style="Table Grid")
    last = len(block.rows)
    for at, row in enumerate([block.heads, *block.rows]):
        cells = table.add_row().cells
        for column, text in enumerate(row):
            said = cells[column].paragraphs[0]
            run = said.add_run(text)
            run.font.size = Pt(9)
            run.bold = at == 0 or (block.total and at == last)
            if column in block.numbers:
                said.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph()


def _figure(made: Any, block: Figure) -> None:
    from docx.shared import Cm  # noqa: PLC0415

    picture = made.add_picture(io.BytesIO(png(block.svg)), width=Cm(_WIDE_CM))
    picture._inline.docPr.set("descr", block.says)


def _without_days(data: bytes) -> bytes:
    """The same file, whose parts have no day on which they were written."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _NO_DAY), old.read(name), zipfile.ZIP_DEFLATED)
    return held.getvalue()
