"""Bombs and paths that lead away, each brought as an upload and worked on by the queue, and what each costs.

File `n` is the same in every run: a seed is the number of the first, and a later one takes a run up again.
A file that is a table of many rows is no bomb: it takes time by its rows, and its kinds stay small here.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import re
import resource
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from db.maintenance.opening import open_database
from db.operations.lease_queue import OVER
from tests.support.accounts import cheap_hashing
from tests.support.bombs import MB, cells, lying, packed, parts, sheet, swollen
from tests.support.upload_site import Site, upload_site
from tests.support.workbooks import write_ods, write_xls

#: What a file may cost: bytes and seconds of a processor, as docs/security.md promises.
MOST_MEMORY, MOST_SECONDS = 256 * MB, 2.0
_AT_ONCE = 50
_HEAD = cells("facility_id", "disease", "date_visit")
_SHEET = "xl/worksheets/sheet1.xml"
_PARTS = (_SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml")
_OUTSIDE = (
    "../../etc/x",
    "/etc/x",
    "xl\\..\\..\\x",
    "C:\\x",
    "xl/../../x",
    "\\\\server\\share\\x",
    "..",
    "../" * 40 + "tmp/x",
    "xl/worksheets/../../../../x",
    "file:///etc/passwd",
)
_NAMES = (
    "../../etc/passwd",
    "/etc/cron.d/x",
    "..\\..\\x",
    "C:\\x",
    "a/../../b",
    "\0",
    "x" * 5_000,
    "con",
    "..",
    ".",
    "-rf",
    "$(id)",
    "\u202excod",
)


@dataclass(frozen=True)
class Bomb:
    """A file, and the name under which it is sent."""

    name: str
    content: bytes


def _book(path: Path, body: str, **more: str) -> Path:
    return packed(path, parts(body, **more))


def _swollen(path: Path, chance: random.Random) -> Path:
    return swollen(path, chance.randint(20, 120) * MB, chance.choice(_PARTS))


def _lying(path: Path, chance: random.Random) -> Path:
    name = chance.choice(_PARTS[:4])
    return lying(swollen(path, chance.randint(5, 60) * MB, name), name, chance.randint(1, 5_000))


def _far(path: Path, chance: random.Random) -> Path:
    column = "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=chance.randint(1, 4)))
    row = chance.choice((1_048_576, 4_294_967_295, chance.randrange(2, 2**32), chance.randrange(2, 10**6)))
    far = f'<row r="{row}"><c r="{column}{row}" t="str"><v>x</v></c></row>'
    return _book(path, sheet(_HEAD + far * chance.randint(1, 3)))


def _entities(path: Path, chance: random.Random) -> Path:
    deep, wide = chance.randint(3, 40), chance.randint(2, 20)
    kind = chance.randrange(3)
    if kind == 0:
        said = '<!ENTITY a0 "lol">' + "".join(
            f'<!ENTITY a{n} "{f"&a{n - 1};" * wide}">' for n in range(1, deep)
        )
        text = f"&a{deep - 1};"
    elif kind == 1:  # one large entity, often
        said, text = f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 10_000
    else:
        target = chance.choice(("file:///etc/passwd", "http://127.0.0.1:9/x", "file:///dev/zero"))
        said, text = f'<!ENTITY a SYSTEM "{target}">', "&a;"
    bomb = f"<?xml version='1.0'?><!DOCTYPE x [{said}]>" + sheet(cells(text))
    return packed(path, parts(sheet(_HEAD)) | {chance.choice(_PARTS): bomb})


def _many(path: Path, chance: random.Random) -> Path:
    path = packed(path, parts(sheet(_HEAD)) | {f"x/{n}": "" for n in range(chance.randint(2_001, 9_000))})
    if chance.random() < 0.5:
        content = bytearray(path.read_bytes())
        at = content.rfind(b"PK\x05\x06")
        content[at + 8 : at + 12] = b"\1\0\1\0"  # says it holds one
        path.write_bytes(content)
    return path


def _away(path: Path, chance: random.Random) -> Path:
    name = chance.choice(_OUTSIDE)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        for part, text in parts(sheet(_HEAD)).items():
            archive.writestr(part, text)
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        if chance.random() < 0.3:  # a link
            entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return path


def _targets(path: Path, chance: random.Random) -> Path:
    """Relations of a workbook that lead out of it."""
    content = parts(sheet(_HEAD))
    part = chance.choice(("_rels/.rels", "xl/_rels/workbook.xml.rels"))
    target = chance.choice((*_OUTSIDE, "http://127.0.0.1:9/x", "/dev/zero", "../workbook.xml"))
    text = re.sub(r'Target="[^"]*"', lambda _: f'Target="{target}" TargetMode="External"', content[part])
    return packed(path, content | {part: text})


def _overlapping(path: Path, chance: random.Random) -> Path:
    """Many entries of one directory that are the same bytes of the file."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = chance.randint(1, 20) * MB
    data = squeezed.compress(b"<" * size) + squeezed.flush()
    crc = zlib.crc32(b"<" * size)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(data), size, 1, 0) + b"x"
    body, directory = local + data, b""
    count = chance.randint(2, 1_900)
    for number in range(count):
        name = (_PARTS[number] if number < len(_PARTS) else f"x{number}").encode()
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(data), size, len(name), 0, 0, 0, 0, 0, 0
        )
        directory += name
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return path


def _deep(path: Path, chance: random.Random) -> Path:
    many = chance.randint(1_000, 300_000)
    return _book(
        path,
        chance.choice(
            (
                "<worksheet>" * many,
                sheet("<row>" * many),
                "\0" * many,
                sheet(f"<row {' '.join(f'a{n}=' + chr(34) * 2 for n in range(min(many, 20_000)))}/>"),
                sheet(_HEAD, before='<dimension ref="A1:XFD1048576"/>'),
                sheet('<row r="1">' + '<c t="s"><v>99999999999</v></c>' * min(many, 10_000) + "</row>"),
                sheet(cells("x" * many * 10)),
                sheet(_HEAD, before="<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * min(many, 9_000)),
            )
        ),
    )


def _texts(path: Path, chance: random.Random) -> Path:
    main = "http" + "://schemas.openxmlformats.org/spreadsheetml/2006/main"
    many = chance.choice((4_294_967_295, chance.randrange(10**5, 2**32)))
    text = f'<sst xmlns="{main}" count="{many}" uniqueCount="{many}"><si><t>x</t></si></sst>'
    return _book(path, sheet(_HEAD), **{"xl/sharedStrings.xml": text})


def _repeated(path: Path, chance: random.Random) -> Path:
    """Rows and columns of an ODS that are said to be there many times."""
    path = write_ods(path, {"a": [["facility_id", "disease"], ["x", "y"]]})
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    content = texts["content.xml"]
    rows, columns = chance.randint(1_000, 2**31), chance.randint(100, 2**31)
    if chance.random() < 0.7:
        content = content.replace(
            "<table:table-row>", f'<table:table-row table:number-rows-repeated="{rows}">'
        )
    cell = '<table:table-cell office:value-type="string" >'
    content = content.replace(cell, cell.replace(" >", f' table:number-columns-repeated="{columns}">'))
    return packed(path, texts | {"content.xml": content})


def _round(path: Path, chance: random.Random) -> Path:
    """An XLS whose sectors lead somewhere else."""
    path = write_xls(path, {"a": [["facility_id", "disease"], *[["HC1", "tb"]] * chance.randint(5, 400)]})
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        at = 512 + 4 * chance.randrange(20)
        content[at : at + 4] = chance.choice((1, 2, 7, 100, 0xFFFFFFFA, 0x7FFFFFFF)).to_bytes(4, "little")
    path.write_bytes(content)
    return path


def _json(chance: random.Random) -> bytes:
    many = chance.randint(10_000, 4_000_000)
    return chance.choice(
        (
            lambda: b"[" + b"{}," * many + b"{}]",
            lambda: b"[" * many,
            lambda: b'{"a":' * many,
            lambda: b"[" + b"[" * many + b"]" * many + b"]",
            lambda: b'[{"a": ' + b"9" * many + b"}]",
            lambda: b'[{"a": 1e' + b"9" * 400 + b"}]",
            lambda: b'[{"a": "' + b"\\u0041" * (many // 4) + b'"}]',
            lambda: json.dumps([{f"column {n}": n for n in range(min(many, 200_000))}]).encode(),
            lambda: b'{"events": [' + b'{"dataValues":[{}]},' * (many // 8) + b"{}]}",
            lambda: b'[{"a":1}' + b',{"a":1}' * (many // 80) + b"]",  # a table: it takes time by its rows
            lambda: b'[{"facility_id": null, "disease": [[[[]]]], "date_visit": {"a": {}}}]',
        )
    )()


def _text(chance: random.Random) -> bytes:
    many = chance.randint(10_000, 8_000_000)
    head = b"facility_id,disease,date_visit\n"
    return chance.choice(
        (
            lambda: head + b"x" * many,
            lambda: head + b'"' + b"x\n" * (many // 2),
            lambda: b"," * many + b"\n",
            lambda: head + b"," * many,
            lambda: b"\0" * many,
            lambda: head + b'"' * many,
            lambda: b"\n" * many,
            lambda: head + b"HC1,tb,2025-03-04\n" + b"\xff\xfe" * (many // 2),
            lambda: b"\xff\xfe" + b"\0" * many,
            lambda: ",".join(f"c{n}" for n in range(min(many, 200_000))).encode() + b"\n1\n",
            lambda: zlib.compress(b"x" * many),
            lambda: b"PK\3\4" + chance.randbytes(min(many, 500_000)),
        )
    )()


def _squeezed(chance: random.Random) -> bytes:
    import bz2
    import gzip
    import lzma

    body = b"facility_id,disease\n" * (chance.randint(1, 20) * 50_000)
    return chance.choice((gzip.compress, bz2.compress, lzma.compress))(body)


#: Kinds of archive -> the ending of their names.
_FILES: dict[Callable[[Path, random.Random], Path], tuple[str, ...]] = {
    _swollen: ("xlsx", "ods", "csv"),
    _lying: ("xlsx", "ods"),
    _far: ("xlsx",),
    _entities: ("xlsx",),
    _many: ("xlsx", "ods"),
    _away: ("xlsx", "ods"),
    _targets: ("xlsx",),
    _overlapping: ("xlsx", "ods"),
    _deep: ("xlsx",),
    _texts: ("xlsx",),
    _repeated: ("ods",),
    _round: ("xls",),
}
_BYTES: dict[Callable[[random.Random], bytes], tuple[str, ...]] = {
    _json: ("json",),
    _text: ("csv", "txt", "tsv"),
    _squeezed: ("csv", "xlsx", "json", "xls"),
}
KINDS = (*_FILES, *_BYTES)


def made(number: int, folder: Path) -> Bomb:
    """The file of a number: its kind goes round, all else is by chance."""
    chance = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    if kind in _FILES:
        ending = chance.choice(_FILES[kind])  # type: ignore[index]
        path = folder / f"bomb.{ending}"
        path.unlink(missing_ok=True)
        content = kind(path, chance).read_bytes()  # type: ignore[call-arg,arg-type,union-attr]
    else:
        ending = chance.choice(_BYTES[kind])  # type: ignore[index]
        content = kind(chance)  # type: ignore[call-arg,arg-type,assignment]
    stem = chance.choice(_NAMES) if chance.random() < 0.3 else "list"
    return Bomb(f"{stem}.{ending}", content)


@dataclass(frozen=True)
class Cost:
    """Bytes of the larger of this process's growth and a child's peak; seconds of processors."""

    memory: int
    seconds: float


def _status(name: str) -> int:
    """A figure of this process in bytes."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(rf"{name}:\s+(\d+) kB", text)[0]) * 1024


def _spent() -> float:
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in each)


def measured(act: Callable[[], object]) -> Cost:
    """What an act costs.

    A child's peak begins with what this process has when it starts the child, the bomb in the hands of the
    test's browser too: such a peak is the test's own, and is left out. So is one that hides below it.
    """
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    held, spent = _status("VmRSS"), _spent()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    act()
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    whole = _status("VmHWM")
    own = child * 1024 if child > before and child * 1024 > whole else 0
    return Cost(max(whole - held, own), _spent() - spent)


def brought(site: Site, client: FlaskClient, bomb: Bomb) -> str:
    """Bring a file as a browser does, and let the queue look at it, and try it; what became of it.

    Raises
    ------
    AssertionError
        An answer was no sentence.
    """
    edge = "edge-of-the-form"
    name = bomb.name.replace("\\", "\\\\").replace('"', "%22")
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode("utf-8", "replace") + bomb.content + f"\r\n--{edge}--\r\n".encode()
    answer = client.post("/imports", data=body, content_type=f"multipart/form-data; boundary={edge}")
    assert answer.status_code in (303, 400, 413), answer.status_code
    if answer.status_code != 303:
        return "refused at the door"
    number = answer.headers["Location"].rpartition("/")[2]
    site.run()
    found = site.upload(number)
    if found.status not in OVER:
        client.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
        site.run()
        found = site.upload(number)
    page = client.get(f"/imports/{number}")
    assert page.status_code == 200, page.status_code
    assert "reference" not in page.get_data(as_text=True), "a fault that nobody foresaw"
    if found.status not in OVER:
        client.post(f"/imports/{number}/cancel")
        site.run()
        assert site.left(number) == [], site.left(number)
        return "read"
    assert site.left(number) in ([], ["receipt.json"]), site.left(number)
    return "refused"


def run(seed: int, count: int, _database: str = "") -> dict[str, Any]:
    """Bring `count` files, numbers `seed` to `seed + count - 1`; what became of them.

    Some at a time in new processes, of which one makes them and one brings them: whoever made many files has
    grown, and a child's peak is never below what its parent has.
    """
    firsts = range(seed, seed + count, _AT_ONCE)
    total: Counter[str] = Counter()
    most, longest = 0, 0.0
    with (
        tempfile.TemporaryDirectory(prefix="chhlang-bombs-") as where,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool,
    ):
        folder = Path(where)
        for first in firsts:
            numbers = range(first, min(first + _AT_ONCE, seed + count))
            names = pool.submit(_made, numbers, folder).result()
            became, memory, seconds = pool.submit(_brought, numbers, names, folder).result()
            total.update(became)
            most, longest = max(most, memory), max(longest, seconds)
    wrong = total.pop("wrong", 0)
    return {**total, "most MB": most // MB, "longest s": round(longest, 1), "wrong": wrong}


def _made(numbers: range, folder: Path) -> list[str]:
    """Make files, each under its number; the names under which they are sent."""
    (folder / "made").mkdir(exist_ok=True)
    names = []
    for number in numbers:
        bomb = made(number, folder / "made")
        (folder / "made" / f"{number}").write_bytes(bomb.content)
        names.append(bomb.name)
    return names


def _brought(numbers: range, names: list[str], folder: Path) -> tuple[Counter[str], int, float]:
    """What became of some files, the most memory and the longest time of one."""
    became: Counter[str] = Counter()
    most, longest = 0, 0.0
    with tempfile.TemporaryDirectory(dir=folder) as where, contextlib.ExitStack() as stack:
        stack.enter_context(cheap_hashing())
        data = Path(where) / "data"
        data.mkdir()
        url = f"sqlite:///{data / 'chhlang.db'}"
        open_database(url).dispose()
        site = stack.enter_context(upload_site(url))
        client = site.client()
        around = _around(Path(where))
        for number, name in zip(numbers, names, strict=True):
            path = folder / "made" / f"{number}"
            bomb = Bomb(name, path.read_bytes())
            path.unlink()
            said: list[str] = []
            try:
                cost = measured(lambda: said.append(brought(site, client, bomb)))  # noqa: B023
            except AssertionError as error:
                became["wrong"] += 1
                print(f"  bomb {number} ({name[:40]!r}): {error}", flush=True)
                continue
            became[said[0]] += 1
            most, longest = max(most, cost.memory), max(longest, cost.seconds)
            if cost.memory > MOST_MEMORY or cost.seconds > MOST_SECONDS or _around(Path(where)) != around:
                became["wrong"] += 1
                took = f"{cost.memory // MB} MB, {cost.seconds:.1f} s"
                kind = KINDS[number % len(KINDS)].__name__.strip("_")
                print(f"  bomb {number} ({kind}, {len(bomb.content):,} bytes): {said[0]}, {took}", flush=True)
    return became, most, longest


def _around(folder: Path) -> set[str]:
    """Files beside those of the database and its uploads, and what lies where paths lead away to."""
    ours = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    mine = ("data/chhlang-uploads/", "data/chhlang.db", "data/chhlang-")
    away = {path for path in ("/etc/x", "/tmp/x", "/etc/cron.d/x") if os.path.lexists(path)}
    return {path for path in ours if not path.startswith(mine)} | away
