"""The bulletin on paper: each line inside its box, broken between words, its letters in the file."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from itertools import pairwise

import pytest

from dashboard.exports.bulletin import khmer_lines, paper
from dashboard.exports.bulletin.blocks import Bullets, Document, Heading, Paragraph, Table

LONG = "ព្រឹត្តិបត្រនេះប្រាប់អ្វីដែលដឹងនៅចុងថ្ងៃកំណត់ត្រាដែលមកយឺតមិនស្ថិតក្នុងខែដែលបានចេញផ្សាយឡើយ"
CELLS = ("ការជូនដំណឹងដែលលើកឡើងក្នុងថ្ងៃទាំងនេះ", "មូលដ្ឋានដែលខ្វះរបាយការណ៍", "សេចក្តីសម្រេច", "2026-W26", "12")
#: Where a line may end: after a sign or a blank.
ENDS = (khmer_lines.BREAK, " ", "-", "–", "៖", "។")
#: What letters may reach beyond, in the pixels of the page.
_SLACK = 0.5

pytestmark = pytest.mark.slow


def document():
    """A document whose Khmer would run out of every box, did its lines not break."""
    blocks = [Heading(LONG), Paragraph(LONG * 4), Bullets([LONG * 3]), Table(LONG, CELLS, [CELLS] * 2)]
    return Document("b", "km", LONG * 2, [LONG * 2], LONG * 2, False, blocks, LONG * 2)


def lines_of(box):
    """Every line below a box, with the block that holds it."""
    for child in getattr(box, "children", ()):
        if type(child).__name__ == "LineBox":
            yield box, child
        yield from lines_of(child)


def text_of(box):
    """The letters of a line."""
    return getattr(box, "text", "") or "".join(text_of(child) for child in getattr(box, "children", ()))


@pytest.fixture(scope="module")
def pages():
    """Pages that are laid out once."""
    return paper.laid_out(document())


def measured(pages):
    """Every line: its left and right, those of its block, and its letters."""
    found = []
    for page in pages.pages:
        for block, line in lines_of(page._page_box):
            left, right = block.content_box_x(), block.content_box_x() + block.width
            within = [one for one in line.children if one.width]
            if within:
                ends = (
                    min(one.position_x for one in within),
                    max(one.position_x + one.width for one in within),
                )
                found.append((block, ends, (left, right), text_of(line)))
    return found


def test_every_line_lies_inside_its_box_and_ends_between_words(pages):
    found = measured(pages)
    out = [text for _, ends, box, text in found if ends[0] < box[0] - _SLACK or ends[1] > box[1] + _SLACK]
    assert out == []
    several = [
        (text, following) for (block, _, _, text), (same, _, _, following) in pairwise(found) if block is same
    ]
    assert len(several) > 8, "lines are broken at all"
    assert [pair for pair in several if not pair[0].endswith(ENDS) and not pair[1].startswith(ENDS)] == []


def test_without_signs_words_would_be_cut(monkeypatch):
    """The measure sees it: without the signs a line ends within a word, or runs out of its box."""
    monkeypatch.setattr(paper, "broken", lambda text: text)
    short = replace(document(), blocks=[Paragraph(LONG * 4)])
    found = measured(paper.laid_out(short))
    out = [text for _, ends, box, text in found if ends[1] > box[1] + _SLACK]
    cut = [text for (_, _, _, text) in found if len(text) > 40 and not text.endswith(ENDS)]
    assert out or cut


def test_letters_are_in_the_file_and_the_same_document_has_the_same_bytes(pages):
    content = pages.write_pdf(pdf_identifier=b"b")
    assert content == pages.write_pdf(pdf_identifier=b"b")
    assert content.startswith(b"%PDF-") and b"/CreationDate" not in content
    whole = content + b"".join(map(unpacked, re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S)))
    assert b"/FontFile" in whole
    assert re.findall(rb"/BaseFont ?/[A-Z]{6}\+[\w#-]*Khmer", whole), "the letters are a part of the font"


def unpacked(stream):
    """A part of a PDF as it was before it was packed; nothing of what is no packed text."""
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
