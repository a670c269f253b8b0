"""`python -m tests.torture.mutated_files [SEED] [COUNT]`: files with bytes changed at random are read.

Each is either a table in which every row stands once, or refused in a sentence. Nothing else may happen.
The same seed makes the same files: a failure names the number of its own.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from db.intake.files.readers import Limits, read_table
from surveillance.errors import UnreadableFileError
from surveillance.line_list import BY_NAME
from tests.support.files import write_xlsx
from tests.support.workbooks import write_ods, write_xls
from tests.torture.warm_children import warm

NAMES = frozenset(BY_NAME)
LIMITS = Limits(memory=512 * 1024 * 1024, seconds=20)
#: Seconds after which reading counts as hanging: the limit, and a slow machine.
LONGEST = 60.0
HEAD = ["record_id", "facility_id", "disease", "date_visit", "age_years", "province_home", "remark"]
_DAY = datetime(2025, 3, 4)  # noqa: DTZ001 - a sheet knows no time zone
_DEAR = (
    b"\0",
    b"\xff",
    b'"',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\t",
    b"<",
    b">",
    b"&",
    b"{",
    b"}",
    b"[",
    b"]",
    b"PK",
)


_CODECS = {"": "utf-8-sig", "Windows-1252": "cp1252", "Windows-874 (Thai)": "cp874"}


@dataclass
class Reached:
    """What became of the files: by form, how many were read and refused, and what went wrong."""

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def files(self) -> int:
        """Files tried."""
        return self.read.total() + self.refused.total() + len(self.wrong)


def _lines(chance: random.Random) -> list[list[object]]:
    names = ["ភ្នំពេញ", "Poipet", "", "Banteay Meanchey", "KH24"]
    return [HEAD] + [  # type: ignore[return-value]
        [
            n,
            "HC1",
            chance.choice(["tb", "malaria"]),
            _DAY + timedelta(days=n),
            n % 80,
            chance.choice(names),
            "x",
        ]
        for n in range(1, chance.randrange(2, 60))
    ]


def _text(lines: list[list[object]], separator: str, codec: str) -> bytes:
    return "".join(f"{separator.join(f'{c}' for c in line)}\r\n" for line in lines).encode(codec)


def _objects(lines: list[list[object]]) -> list[dict[str, str]]:
    return [dict(zip(HEAD, map(str, line), strict=True)) for line in lines[1:]]


def _events(lines: list[list[object]]) -> dict[str, object]:
    values = [[{"dataElement": n, "value": v} for n, v in one.items()] for one in _objects(lines)]
    return {"events": [{"event": f"e{n}", "dataValues": one} for n, one in enumerate(values)]}


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


#: Form -> writes a good file of these lines.
FORMS: dict[str, Callable[[Path, list[list[object]]], object]] = {
    "utf8.csv": lambda path, lines: path.write_bytes(_text(lines, ",", "utf-8")),
    "utf16.csv": lambda path, lines: path.write_bytes(_text(lines, ";", "utf-16")),
    "marked.tsv": lambda path, lines: path.write_bytes(_text(lines, "\t", "utf-8-sig")),
    "old.txt": lambda path, lines: path.write_bytes(
        _text(lines, "|", "utf-8").decode().encode("cp1252", errors="replace").replace(b"?", b"\xe9")
    ),
    "book.xlsx": lambda path, lines: write_xlsx(path, HEAD, lines[1:]),
    "book.ods": lambda path, lines: write_ods(path, {"a": lines, "b": [["x"]]}),
    "book.xls": lambda path, lines: write_xls(path, {"a": lines, "b": [["x"]]}),
    "flat.json": lambda path, lines: path.write_bytes(_json(_objects(lines))),
    "events.json": lambda path, lines: path.write_bytes(_json(_events(lines))),
}


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The bytes with some changes: flipped, cut, doubled, inserted, swapped."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(changed) + 1)
        length = chance.choice((1, 1, 2, 8, 64, 512))
        kind = chance.randrange(7)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[at : at + length] = chance.randbytes(length)
        elif kind == 2:
            del changed[at : at + length]
        elif kind == 3:
            changed[at:at] = changed[at : at + length]
        elif kind == 4:
            changed[at:at] = chance.choice(_DEAR) * chance.choice((1, 1, 3))
        elif kind == 5:
            other = chance.randrange(len(changed) + 1)
            changed[at : at + length] = changed[other : other + length]
        elif chance.random() < 0.2:
            del changed[at:]
    return bytes(changed)


def mutate_inside(path: Path, chance: random.Random) -> None:
    """Change a part of an archive and pack it again, so that what is damaged is reached."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([*parts, *[one for one in parts if "sheet" in one or one == "content.xml"] * 3])
    parts[name] = mutated(parts[name], chance)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)


def rows_with_content(path: Path, form: str) -> set[int]:
    """How many rows a text has, by the plainest means, under each separator."""
    text = path.read_bytes().decode(_CODECS.get(form, form)).replace("\0", "")
    first, rest = text.split("\n", 1) if "\n" in text else (text, "")
    text = rest if first.lower().startswith("sep=") else text
    return {
        sum(
            any(cell.strip() for cell in row)
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=one)
        )
        for one in ",;\t|"
    }


def trouble(path: Path, reached: Reached, form: str) -> str | None:
    """What is wrong with how a file is read; None where it is read or refused as it should be."""
    begun = time.monotonic()
    try:
        table = read_table(path, NAMES, limits=LIMITS)
        numbers = [row.number for chunk in table.chunks for row in chunk]
    except UnreadableFileError as error:
        reached.refused[form] += 1
        unforeseen = "not what it should be (" in str(error) and "PanicException" not in str(error)
        if unforeseen or not str(error).startswith(f"{path.name}: "):
            return f"an error that is no sentence: {error}"
        numbers = []
    except Exception as error:  # noqa: BLE001 - anything else is what is looked for
        return f"{type(error).__name__}: {error}"
    else:
        reached.read[form] += 1
        left_out = [number for number, _ in table.left_out]
        if numbers != sorted(set(numbers)) or set(numbers) & set(left_out) or min(numbers, default=1) < 1:
            return "a row stands twice, or is both read and left out"
        if path.suffix in (".csv", ".tsv", ".txt"):
            rows = len(numbers) + len(left_out)
            if not {rows + 1, rows + 2} & rows_with_content(path, table.form):  # a header has one row or two
                return f"{rows} rows, and the file has another number"
        if len(table.header) != len(table.sent_header):
            return "the header is not as long as it was sent"
    took = time.monotonic() - begun
    reached.slowest = max(reached.slowest, took)
    return f"took {took:.0f} s" if took > LONGEST else None


def run(seed: int, count: int, folder: Path | None = None) -> Reached:
    """Read `count` changed files, numbers `seed` to `seed + count - 1`."""
    reached = Reached()
    with tempfile.TemporaryDirectory() as made, warm() if os.name == "posix" else contextlib.nullcontext():
        for number in range(seed, seed + count):
            chance = random.Random(number)
            form = list(FORMS)[number % len(FORMS)]
            path = (folder or Path(made)) / form
            FORMS[form](path, _lines(chance))
            if path.suffix in (".xlsx", ".ods") and chance.random() < 0.7:
                mutate_inside(path, chance)
            else:
                path.write_bytes(mutated(path.read_bytes(), chance))
            problem = trouble(path, reached, form)
            if problem:
                reached.wrong.append(f"file {number} ({form}): {problem}")
    return reached


if __name__ == "__main__":
    done = run(int(sys.argv[1]) if len(sys.argv) > 1 else 0, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
    for one in FORMS:
        print(f"{one:<12} read {done.read[one]:>7,}   refused {done.refused[one]:>7,}")
    print(f"{done.files:,} files, slowest {done.slowest:.1f} s, wrong: {len(done.wrong)}")
    print("\n".join(done.wrong))
    sys.exit(bool(done.wrong))
