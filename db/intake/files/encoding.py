"""In which encoding a text is written: by its marks, its zero bytes, and what decodes; never by hope.

The whole file is decoded once before any row is read, so that a guess that turns out wrong far below is
an error that names the row, and no character is ever replaced.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from db.intake.files.limits import Limits
from db.intake.files.rows import THAI_ENCODING
from surveillance.errors import UnreadableFileError
from surveillance.texts import N_

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Encodings of one byte for each letter that are looked for, with the names people know.
_OLD = {"cp1252": "Windows-1252", "cp874": THAI_ENCODING}
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LETTERS_1252 = re.compile(rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff\x8a\x8c\x8e\x9a\x9c\x9e\x9f]")
_SIGNS_1252 = re.compile(rb"[\x80\x85\x91-\x97\xa0\xa3\xa9\xab\xb0-\xb5\xb7\xba\xbb]+")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
ADVICE = N_("save it as 'CSV UTF-8' or XLSX")


@dataclass(frozen=True)
class Encoding:
    """How a text is written: Python's name, the usual name, and whether it holds NUL."""

    codec: str
    name: str
    has_nul: bool


def find_encoding(path: Path, limits: Limits) -> Encoding:
    """The encoding under which the whole file can be read.

    Raises
    ------
    UnreadableFileError
        There is no encoding (names the row), a line is too long, or the file cannot be opened.
    """
    try:
        with path.open("rb") as handle:
            start = handle.read(_SAMPLE)
        codec = _marked(start) or _by_zeros(start)
        if codec is None:
            problem, has_nul = _decode(path, "utf-8", limits)
            if problem is None:
                return Encoding("utf-8", "", has_nul)
            codec = _old(path, problem)
        problem, has_nul = _decode(path, codec, limits)
    except OSError as error:
        raise UnreadableFileError(
            "{file}: cannot be opened ({why})", file=path.name, why=error.strerror
        ) from error
    if problem is not None:
        raise _undecodable(path, codec, problem)
    return Encoding(codec, "" if codec.startswith("utf-8") else _OLD.get(codec, codec.upper()), has_nul)


def _marked(start: bytes) -> str | None:
    return next((codec for mark, codec in _MARKS if start.startswith(mark)), None)


def _by_zeros(start: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of line ends and separators, and of ASCII, is zero."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < max(2, len(start) // 40) or max(even, odd) < 4 * min(even, odd):
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = start[: len(start) // 2 * 2].decode(codec, errors="replace")
    return codec if "\ufffd" not in text[:-1] and any(end in text for end in "\r\n,;\t|") else None


def _decode(path: Path, codec: str, limits: Limits) -> tuple[int | None, bool]:
    """Offset of the first byte that does not decode, None where all do; and whether there is a NUL."""
    decoder = codecs.getincrementaldecoder(codec)()
    offset, line, has_nul = 0, 0, False
    with path.open("rb") as handle:
        while True:
            block = handle.read(_BLOCK)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return max(0, offset - pending + error.start), has_nul
            offset += len(block)
            has_nul = has_nul or "\0" in text
            line = _line_left(path, text, line, limits)
            if not block:
                return None, has_nul


def _line_left(path: Path, text: str, line: int, limits: Limits) -> int:
    """Characters since the last line end, where none of the lines is too long."""
    ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
    if line + (min(ends) if ends else len(text)) > limits.line:
        raise UnreadableFileError(
            "{file}: a line has more than {most} characters; is it a table as text?",
            file=path.name,
            most=f"{limits.line:,}",
        )
    return len(text) - max(text.rfind("\n"), text.rfind("\r")) - 1 if ends else line + len(text)


def _old(path: Path, problem: int) -> str:
    """The encoding of a text that is not Unicode: by how its high bytes stand among the others."""
    sample, of_unicode, others = _evidence(path)
    if of_unicode > 4 * others:  # Unicode with a fault in it: under an old encoding all would be garbled
        raise _undecodable(path, "utf-8", problem)
    runs = _HIGH_RUN.findall(sample)
    long = sum(len(run) for run in runs if len(run) > 2)
    if long > 0.5 * sum(map(len, runs)) and _decodes(sample, "cp874"):
        from charset_normalizer import from_bytes  # noqa: PLC0415 - few texts need it

        guess = from_bytes(sample, cp_isolation=["cp874", "tis_620", "cp1252"]).best()
        if guess is None or guess.encoding != "cp1252":
            return "cp874"
    if _decodes(sample, "cp1252") and _is_western(sample):
        return "cp1252"
    raise _undecodable(path, "utf-8", problem)


def _is_western(sample: bytes) -> bool:
    """Whether high bytes are one or two letters among plain letters, or signs, as in western languages."""
    good = bad = 0
    for run in _HIGH_RUN.finditer(sample):
        letters = _SIGNS_1252.sub(b"", run.group())
        beside = sample[max(0, run.start() - 1) : run.start()] + sample[run.end() : run.end() + 1]
        alone = not _ASCII_LETTER.search(beside)
        if _LETTERS_1252.sub(b"", letters) or len(letters) > 2 - alone or (alone and letters == b"\xff"):
            bad += 1
        else:
            good += 1
    return good > 9 * bad


def _evidence(path: Path) -> tuple[bytes, int, int]:
    """Lines with high bytes, how many of these bytes are letters of UTF-8 in the whole file, how many not."""
    sample = bytearray()
    of_unicode = others = 0
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            found = b"".join(line for line in block.splitlines(keepends=True) if not line.isascii())
            high = sum(map(len, _HIGH_RUN.findall(found)))
            left = sum(map(len, _HIGH_RUN.findall(_MULTIBYTE.sub(b"", found))))
            of_unicode, others = of_unicode + high - left, others + left
            if len(sample) < _SAMPLE:
                sample += found[: _SAMPLE // 4]
    return bytes(sample), of_unicode, others


def _decodes(sample: bytes, codec: str) -> bool:
    try:
        sample.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(path: Path, codec: str, offset: int) -> UnreadableFileError:
    name = _OLD.get(codec, "UTF-8" if codec.startswith("utf-8") else codec.upper())
    return UnreadableFileError(
        "{file}: row {row} holds a character that is not {encoding}; {advice}",
        file=path.name,
        row=_row_at(path, codec, offset),
        encoding=name,
        advice=ADVICE,
    )


def _row_at(path: Path, codec: str, offset: int) -> int:
    """Row of the sheet in which the byte at `offset` stands."""
    row = 0
    with path.open("rb") as handle:
        beginning = io.BufferedReader(_Beginning(handle, offset + 1))
        text = io.TextIOWrapper(beginning, encoding=codec, errors="replace", newline="")
        try:
            for row, _ in enumerate(csv.reader(line.replace("\0", "") for line in text), start=1):  # noqa: B007
                pass
        except csv.Error:
            row += 1
    return max(1, row)


class _Beginning(io.RawIOBase):
    """The first bytes of a file."""

    def __init__(self, handle: IO[bytes], length: int) -> None:
        super().__init__()
        self._handle, self._left = handle, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._handle.read(min(len(buffer), self._left))
        self._left -= len(found)
        buffer[: len(found)] = found
        return len(found)
