"""How large a delivered file may be, in every way in which one can be too large."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from surveillance.errors import UnreadableFileError

_MB = 1024 * 1024
#: Of the process that reads a small workbook, and more for each byte of a larger one.
_LEAST_MEMORY, _MEMORY_OF_BYTE = 192 * _MB, 32
#: Cells that a sheet may reach over: reading two million blank ones takes a second.
_LEAST_CELLS, _CELLS_OF_BYTE = 2_000_000, 8


@dataclass(frozen=True)
class Limits:
    """Limits of one file. Sizes are bytes, times seconds.

    Parameters
    ----------
    file, unpacked : int
        Size of the file, and of what an archive (XLSX, ODS) holds when it is unpacked.
    ratio : int
        How many times larger than itself an archive may unpack; archives of a few MB unpacked are let be.
    entries : int
        Files inside an archive.
    rows, columns : int
        Of the table.
    cell, line : int
        Characters of one cell, and of one line of text.
    depth : int
        How deep JSON may be nested.
    memory, seconds : int
        Of the process that reads workbooks and JSON.
    """

    file: int = 200 * _MB
    unpacked: int = 800 * _MB
    ratio: int = 200
    entries: int = 2_000
    rows: int = 2_000_000
    columns: int = 500
    cell: int = 32_767
    line: int = 4_000_000
    depth: int = 50
    memory: int = 1024 * _MB
    seconds: int = 300

    def of_workbook(self, size: int) -> Limits:
        """These limits for a workbook of `size` bytes, unpacked: a small one may not take much memory.

        A kilobyte can name two cells with a sheet between them, and a reader makes room for all of it.
        """
        return replace(self, memory=min(self.memory, _LEAST_MEMORY + _MEMORY_OF_BYTE * size))

    def cells(self, size: int) -> int:
        """Most cells, blank ones too, that the sheets of a workbook of `size` bytes, unpacked, reach over."""
        return max(_LEAST_CELLS, _CELLS_OF_BYTE * size)


DEFAULT = Limits()


def megabytes(size: int) -> str:
    """A size as a person says it.

    >>> megabytes(200 * 1024 * 1024)
    '200 MB'
    """
    return f"{size / _MB:.0f} MB" if size >= _MB else f"{max(1, size // 1024)} KB"


def check_size(path: Path, limits: Limits) -> None:
    """Refuse a file that is too large before anything is read.

    Raises
    ------
    UnreadableFileError
        It is, or it cannot be looked at, or is no file.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableFileError(
            "{file}: cannot be opened ({why})", file=path.name, why=error.strerror
        ) from error
    if not path.is_file():
        raise UnreadableFileError("{file}: cannot be opened (it is no file)", file=path.name)
    if size > limits.file:
        raise UnreadableFileError(
            "{file}: has {size}, and {most} is the most that is read; split it into several files",
            file=path.name,
            size=megabytes(size),
            most=megabytes(limits.file),
        )


def check_columns(path: Path, count: int, limits: Limits) -> None:
    """Refuse a table that is too wide.

    Raises
    ------
    UnreadableFileError
        It is.
    """
    if count > limits.columns:
        raise UnreadableFileError(
            "{file}: has {count} columns, and {most} is the most that is read; "
            "leave out columns that are not needed",
            file=path.name,
            count=f"{count:,}",
            most=f"{limits.columns:,}",
        )


def check_spread(path: Path, count: int, most: int) -> None:
    """Refuse a sheet that reaches over many more cells than it can fill.

    Raises
    ------
    UnreadableFileError
        It does.
    """
    if count > most:
        raise UnreadableFileError(
            "{file}: a cell far away from the others makes a sheet of {count} cells, nearly all blank; "
            "delete the rows and columns beyond the table, and save it anew",
            file=path.name,
            count=f"{count:,}",
        )


def check_rows(path: Path, count: int, limits: Limits) -> None:
    """Refuse a table that is too long.

    Raises
    ------
    UnreadableFileError
        It is.
    """
    if count > limits.rows:
        raise UnreadableFileError(
            "{file}: has more than {most} rows, the most that is read; split it into several files",
            file=path.name,
            most=f"{limits.rows:,}",
        )
