"""What a document is made of: headings, paragraphs, tables and figures, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "note", "strong", "warn"]


@dataclass(frozen=True)
class Heading:
    """A heading. `new_page`: it begins one on paper."""

    text: str
    level: int = 2
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, and how much it stands out."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A table. The first column names the row; columns in `numbers` stand to the right; `last`: a sum."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    total: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure of the server's own: a whole SVG, with the words that stand for it."""

    name: str
    svg: str
    says: str


Block = Heading | Paragraph | Bullets | Table | Figure


@dataclass(frozen=True)
class Document:
    """A document.

    Parameters
    ----------
    name : str
        Of its file, without an ending.
    said : sequence of str
        What stands beneath the title: where, when, as known when.
    stamp : str
        Whether it may be passed on, and what it holds.
    passing_on : bool
        Whether it may.
    """

    name: str
    language: str
    title: str
    said: Sequence[str]
    stamp: str
    passing_on: bool
    blocks: Sequence[Block]
    foot: str = ""


#: The head of letters of the state, in Khmer and beneath it in English; and who writes.
MOTTO = ("ព្រះរាជាណាចក្រកម្ពុជា", "ជាតិ សាសនា ព្រះមហាក្សត្រ")
MOTTO_EN = ("Kingdom of Cambodia", "Nation Religion King")
WRITER = ("ក្រសួងសុខាភិបាល", "Ministry of Health")
