"""The file of returned rows: as they came, beside the input, with row number and reason."""

from __future__ import annotations

import contextlib
import csv
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from dashboard.messages import Translate
from db.intake.cleaning.line_list import Rejected
from surveillance.errors import UnreadableFileError
from surveillance.line_list import RETURNED_COLUMNS

_SHOWN = 20


class ReturnedFile:
    """Collects rejected rows; the file appears under its own name only when the import has been stored.

    Parameters
    ----------
    path : Path
        The input; the file lies beside it as `NAME.returned-1.csv` (or `.xlsx`), with the next free number.
    header : list of str
        Column names of the input, as they were sent.
    writes : bool
        False in a dry run: reasons are collected and no file is made.
    t : Translate
        Says reasons in the sender's language.
    fields : Translate
        What a field is called in the reasons that are shown; the file names fields by their codes.
    """

    def __init__(
        self, path: Path, header: list[str], *, writes: bool, t: Translate = str, fields: Translate = str
    ) -> None:
        self._path = path
        own = {i for i, name in enumerate(header) if name.strip().casefold() in RETURNED_COLUMNS}
        self._places = [i for i in range(len(header)) if i not in own]
        self._columns = [*RETURNED_COLUMNS, *(header[i] for i in self._places)]
        self._width = len(header)
        self._writes, self._t, self._fields = writes, t, fields
        self._sink: _CsvSink | _XlsxSink | None = None
        self._final: Path | None = None
        self.name: str | None = None
        self.first_reasons: list[tuple[int, str]] = []

    def __enter__(self) -> Self:
        return self

    def add(self, rejected: list[Rejected]) -> None:
        """Append rejected rows.

        Raises
        ------
        UnreadableFileError
            The folder of the input cannot be written to.
        """
        for item in rejected:
            reason = "; ".join(reason.in_words(self._t) for reason in item.reasons)
            if len(self.first_reasons) < _SHOWN:
                named = [reason.named(self._fields).in_words(self._t) for reason in item.reasons]
                self.first_reasons.append((item.row.number, "; ".join(named)))
            if self._writes:
                cells = item.row.cells if item.row.sent is None else item.row.sent
                kept = [cells[i] if i < len(cells) else "" for i in self._places]
                self._open().row([str(item.row.number), reason, *kept, *cells[self._width :]])

    def _open(self) -> _CsvSink | _XlsxSink:
        if self._sink is None:
            number = 1
            while (final := self._beside(number)).exists():
                number += 1
            self._final = final
            partial = final.with_name(f".{final.name}.partial")
            kind = _XlsxSink if final.suffix == ".xlsx" else _CsvSink
            try:
                self._sink = kind(partial)
            except OSError as error:
                raise UnreadableFileError(
                    "{file}: its returned rows cannot be written beside it ({why}); nothing was imported",
                    file=self._path.name,
                    why=error.strerror,
                ) from error
            self._sink.row(self._columns)
        return self._sink

    def _beside(self, number: int) -> Path:
        ending = ".xlsx" if self._path.suffix.lower() == ".xlsx" else ".csv"
        return self._path.with_name(f"{self._path.stem}.returned-{number}{ending}")

    def finish(self) -> None:
        """Close the file, so that it is whole before the import is stored.

        Raises
        ------
        UnreadableFileError
            It cannot be written (a full disk).
        """
        if self._sink is not None:
            try:
                self._sink.close()
            except OSError as error:
                raise UnreadableFileError(
                    "{file}: its returned rows cannot be written ({why}); nothing was imported",
                    file=self._path.name,
                    why=error.strerror,
                ) from error

    def keep(self) -> None:
        """Give the file its own name, if it can have it: the import has been stored."""
        if self._sink is not None and self._final is not None:
            self.name = str(self._sink.path)
            with contextlib.suppress(OSError):
                self._sink.path.replace(self._final)
                self.name = str(self._final)
            self._sink = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink is not None:
            self._sink.drop()


class _CsvSink:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._handle)

    def row(self, cells: list[str]) -> None:
        self._writer.writerow(cells)

    def close(self) -> None:
        self._handle.close()

    def drop(self) -> None:
        self._handle.close()
        self.path.unlink(missing_ok=True)


class _XlsxSink:
    def __init__(self, path: Path) -> None:
        import xlsxwriter  # noqa: PLC0415 - CSV does not need it

        self.path = path
        path.touch()
        self._book: Any = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._sheet = self._book.add_worksheet("returned")
        self._number = 0

    def row(self, cells: list[str]) -> None:
        for column, cell in enumerate(cells):
            self._sheet.write_string(self._number, column, cell[:32_767])
        self._number += 1

    def close(self) -> None:
        if not self._book.fileclosed:
            self._book.close()

    def drop(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)
