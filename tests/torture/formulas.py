"""Texts that a spreadsheet might run, through every writer of files: none stands where one would be run.

CSV is read as spreadsheets of other countries read it, too: with a semicolon or a tab between cells, so
that a quote inside a line quotes nothing. Workbooks hold texts as texts. Text `n` is the same in every run.
"""

from __future__ import annotations

import csv
import io
import random
import re
import unicodedata
import zipfile
from types import SimpleNamespace
from typing import Any

from python_calamine import CalamineWorkbook

from dashboard.exports.columns import Column
from dashboard.exports.workbook import table_bytes
from dashboard.spreadsheet import in_parts, write_rows

_AT_ONCE = 1_000
_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
_HIDES = (
    "",
    "",
    "",
    " ",
    "\u00a0",
    "\t",
    "\n",
    "\r",
    "\u200b",
    "\ufeff",
    "\u3000",
    "\x0b",
    "\x00",
    "\u202e",
    "'",
)
_RUNS = (
    "1+1",
    'HYPERLINK("http://127.0.0.1/"&A1)',
    "cmd|' /C calc'!A0",
    "SUM(1;1)",
    "IMPORTXML(A1)",
    "x",
    "",
)
_PARTS = (
    ";",
    ",",
    "\t",
    "\r\n",
    "\n",
    '"',
    '";',
    '","',
    "|",
    " ",
    "ភូមិ",
    "Poipet",
    "-",
    "=",
    "a=b",
    "TH-01",
    "'",
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
COLUMNS = (Column("name", "text", "a text"), Column("count", "number", "a number"))


def text(number: int) -> str:
    """A text."""
    chance = random.Random(number)
    parts = [
        chance.choice(_HIDES) + chance.choice(_SIGNS) + chance.choice(_RUNS)
        if chance.random() < 0.5
        else chance.choice(_PARTS)
        for _ in range(chance.randint(1, 6))
    ]
    return "".join(parts)


def runs(cell: str) -> bool:
    """Whether a spreadsheet might run a cell: the first sign that is seen begins a formula."""
    seen = "".join(one for one in cell if unicodedata.category(one)[0] not in "ZC")
    return seen[:1] in _SIGNS and seen != "" and not _NUMBER.fullmatch(seen)


def cells(content: str) -> list[list[str]]:
    """Cells of a CSV with a comma between them; then what a reader with another sign takes for cells."""
    rows = list(csv.reader(io.StringIO(content, newline="")))
    others = [[*csv.reader([line], delimiter=sign)] for line in re.split("[\r\n]", content) for sign in ";\t"]
    return rows + [row for found in others for row in found]


def trouble(texts: list[str]) -> list[str]:
    """What is wrong with what the writers make of texts."""
    rows: list[dict[str, Any]] = [{"name": one, "count": -0.5} for one in texts]
    plain, wrong = io.StringIO(newline=""), []
    write_rows(plain, rows, ["name", "count"], "\r\n")
    parts = b"".join(in_parts(rows, ["name", "count"], 100)).decode("utf-8-sig")
    for name, content in (("CSV", plain.getvalue()), ("CSV in parts", parts)):
        wrong += [f"{name}: {cell!r}" for row in cells(content) for cell in row if runs(cell)]
        read = [row[1] for row in csv.reader(io.StringIO(content, newline=""))][1:]
        wrong += [f"{name}: {len(read)} rows"] * (read != ["-0.5"] * len(rows))
    about: Any = SimpleNamespace(
        title="Title", question="question", rows=lambda: [("what", one) for one in texts]
    )
    book = table_bytes("Table", COLUMNS, rows, about)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        wrong += [
            f"workbook: {one}" for one in archive.namelist() if b"<f" in archive.read(one) and "sheet" in one
        ]
    held = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("Table").to_python()
    if len(held) != len(rows) + 1 or {row[1] for row in held[1:]} != {-0.5}:
        wrong.append("workbook: rows or numbers are missing")
    return wrong


def run(seed: int, count: int, _database: str = "") -> dict[str, Any]:
    """Write `count` texts, numbers `seed` to `seed + count - 1`, by every writer."""
    wrong = []
    for first in range(seed, seed + count, _AT_ONCE):
        wrong += trouble([text(number) for number in range(first, min(first + _AT_ONCE, seed + count))])
    for said in wrong[:20]:
        print(f"  {said}", flush=True)
    return {"texts": count, "wrong": len(wrong)}
