"""Looking into an archive (XLSX, ODS) before anything opens it: how much it holds, and where it points.

What the directory says is checked first, and costs nothing. Directories lie, so every entry is then
unpacked once, counted, and thrown away.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from db.intake.files.formats.error_cells import MARK
from db.intake.files.limits import Limits, megabytes
from surveillance.errors import UnreadableFileError

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY_BYTES = 1_000  # of the directory: a name and a few fields
_SMALL = 20 * 1024 * 1024  # what unpacks to less does no harm, whatever its ratio
_BLOCK = 1 << 16
_ENTITY = b"<!ENTITY"
_ARCHIVE = b"PK\x03\x04"


def check_archive(path: Path, limits: Limits) -> bool:
    """Refuse an archive that unpacks to more than it should, or is not what it says.

    Returns
    -------
    bool
        Whether it may hold cells that show an error.

    Raises
    ------
    UnreadableFileError
        Too many entries, too large, names that point elsewhere, a password, a directory that lies.
    """
    try:
        with path.open("rb") as handle:
            _check_directory(path, handle, limits)
            with zipfile.ZipFile(handle) as archive:
                entries = archive.infolist()
            _check_entries(path, entries, limits)
            size, marked = 0, False
            for entry in entries:
                size, found = _unpacked(path, handle, entry, size, limits)
                marked = marked or found
            return marked
    except OSError as error:
        raise UnreadableFileError(
            "{file}: cannot be opened ({why})", file=path.name, why=error.strerror
        ) from error
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, OverflowError):
        raise _damaged(path) from None


def unpacked_size(path: Path, limits: Limits) -> int:
    """Bytes that a file says it unpacks to: of an archive by its directory, of any other its own.

    A directory that lies is refused by :func:`check_archive`, before anything else is opened.

    Raises
    ------
    UnreadableFileError
        The directory is too large or damaged.
    """
    try:
        with path.open("rb") as handle:
            if handle.read(4) != _ARCHIVE:
                return path.stat().st_size
            _check_directory(path, handle, limits)
            with zipfile.ZipFile(handle) as archive:
                return sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError):
        raise _damaged(path) from None


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError("{file}: is damaged or not a workbook; save it anew as XLSX", file=path.name)


def _too_many(path: Path, limits: Limits) -> UnreadableFileError:
    return UnreadableFileError(
        "{file}: holds more than {most} files inside, the most that is read; "
        "open it in a spreadsheet and save it anew as XLSX",
        file=path.name,
        most=f"{limits.entries:,}",
    )


def _check_directory(path: Path, handle: IO[bytes], limits: Limits) -> None:
    """The directory's own size, before it is read into memory."""
    length = handle.seek(0, 2)
    handle.seek(max(0, length - 65_600))
    tail = handle.read()
    at = tail.rfind(_END)
    if at < 0:
        raise _damaged(path)
    size = struct.unpack_from("<I", tail, at + 12)[0]
    count = struct.unpack_from("<H", tail, at + 10)[0]
    large = tail.rfind(_END_64, 0, at)
    if large >= 0:
        count, size = struct.unpack_from("<QQ", tail, large + 32)
    if count > limits.entries or size > limits.entries * _ENTRY_BYTES:
        raise _too_many(path, limits)


def _check_entries(path: Path, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise _too_many(path, limits)
    names = [entry.filename.replace("\\", "/") for entry in entries]
    if len(set(names)) != len(names):
        raise UnreadableFileError(
            "{file}: holds two files of one name inside; open it in a spreadsheet and save it anew as XLSX",
            file=path.name,
        )
    if any(name.startswith("/") or ":" in name or ".." in name.split("/") for name in names):
        raise UnreadableFileError(
            "{file}: holds a file that points outside the workbook; "
            "open it in a spreadsheet and save it anew as XLSX",
            file=path.name,
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFileError("{file}: is protected with a password; save it without one", file=path.name)
    _check_size(path, sum(entry.file_size for entry in entries), path.stat().st_size, limits)


def _check_size(path: Path, size: int, packed: int, limits: Limits) -> None:
    if size > limits.unpacked:
        raise UnreadableFileError(
            "{file}: unpacks to more than {most}, the most that is read; save it as CSV, or split it",
            file=path.name,
            most=megabytes(limits.unpacked),
        )
    if size > max(_SMALL, limits.ratio * packed):
        raise UnreadableFileError(
            "{file}: unpacks to more than {most} times its size, the most that is read; save it as CSV",
            file=path.name,
            most=limits.ratio,
        )


def _unpacked(
    path: Path, handle: IO[bytes], entry: zipfile.ZipInfo, before: int, limits: Limits
) -> tuple[int, bool]:
    """Bytes unpacked with this entry, counted, not believed; and whether it holds the mark of errors."""
    size, marked = 0, False
    packed = path.stat().st_size
    tail = b""
    for block in _inflate(path, handle, entry):
        size += len(block)
        _check_size(path, before + size, packed, limits)
        text = tail + block
        if _ENTITY in text:
            raise UnreadableFileError(
                "{file}: declares entities inside, which no spreadsheet writes; "
                "open it in a spreadsheet and save it anew as XLSX",
                file=path.name,
            )
        marked = marked or MARK in text
        tail = block[-len(_ENTITY) :]
    if size != entry.file_size:
        raise UnreadableFileError(
            "{file}: holds a file of another size than it says; "
            "open it in a spreadsheet and save it anew as XLSX",
            file=path.name,
        )
    return before + size, marked


def _inflate(path: Path, handle: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    handle.seek(entry.header_offset)
    local = handle.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise _damaged(path)
    *_, name_length, extra_length = _LOCAL.unpack(local)
    handle.seek(name_length + extra_length, 1)
    left = entry.compress_size
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFileError(
            "{file}: is packed in an unusual way; open it in a spreadsheet and save it anew as XLSX",
            file=path.name,
        )
    inflater = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left and (block := handle.read(min(left, _BLOCK))):
        left -= len(block)
        if inflater is None:
            yield block
            continue
        while block and not inflater.eof:
            yield inflater.decompress(block, _BLOCK * 16)
            block = inflater.unconsumed_tail
    if left or (inflater is not None and not inflater.eof):
        raise _damaged(path)
