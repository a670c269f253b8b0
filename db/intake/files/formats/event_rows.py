"""DHIS2 events as CSV: one row for each data value becomes one row for each event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from db.intake.files.header import each_once
from db.intake.files.limits import Limits, check_columns
from db.intake.files.rows import Row, Table, fold, in_chunks
from surveillance.errors import UnreadableFileError

_EVENT, _ELEMENT, _VALUE = "event", "dataelement", "value"


def holds_data_values(header: list[str]) -> bool:
    """Whether each row is one data value of an event."""
    return {_EVENT, _ELEMENT, _VALUE} <= set(header)


def one_row_for_each_event(
    path: Path, table: Table, again: Callable[[], Iterator[list[Row]]], limits: Limits
) -> Table:
    """The table with a column for each data element; an event has the number of its first row.

    Parameters
    ----------
    path : Path
        The file, for errors.
    table : Table
        One row for each data value, those of an event together.
    again : callable
        Gives the rows once more: the columns have to be known before the first event.
    limits : Limits
        How wide it may become.

    Raises
    ------
    UnreadableFileError
        The rows of an event are not together, or there are too many data elements.
    """
    event, element, value = (table.header.index(name) for name in (_EVENT, _ELEMENT, _VALUE))
    kept = [place for place in range(len(table.header)) if place not in (element, value)]
    widest = max(event, element, value)
    elements = _elements(path, chain.from_iterable(again()), event, element, widest)
    sent = [*(table.sent_header[place] for place in kept), *elements]
    check_columns(path, len(sent), limits)
    places = {name: len(kept) + place for place, name in enumerate(elements)}

    def events(chunks: Iterator[list[Row]]) -> Iterator[Row]:
        current: Row | None = None
        name = ""
        for row in chain.from_iterable(chunks):
            cells = row.cells + [""] * (len(table.header) - len(row.cells))
            if current is None or not cells[event].strip() or cells[event] != name:
                if current is not None:
                    yield current
                name = cells[event]
                current = Row(row.number, [*(cells[place] for place in kept), *[""] * len(elements)])
            if any(cell.strip() for cell in cells[len(table.header) :]):
                current.cells.extend(cells[len(table.header) :])  # too many: told where rows are checked
            place = places.get(cells[element].strip())
            if place is None:
                if cells[value].strip():
                    raise UnreadableFileError(
                        "{file}: row {number} gives a value and names no data element",
                        file=path.name,
                        number=row.number,
                    )
            else:
                if current.cells[place] not in ("", cells[value]):
                    raise UnreadableFileError(
                        "{file}: row {number} gives a second value for a data element of its event",
                        file=path.name,
                        number=row.number,
                    )
                current.cells[place] = cells[value]
        if current is not None:
            yield current

    return replace(
        table,
        header=each_once(path, sent, frozenset()),
        sent_header=sent,
        chunks=in_chunks(path, events(table.chunks), limits),
    )


def _elements(path: Path, rows: Iterator[Row], event: int, element: int, widest: int) -> list[str]:
    """Data elements in the order in which they come; every event's rows stand together."""
    elements: dict[str, None] = {}
    seen: set[int] = set()
    current = ""
    for row in rows:
        if len(row.cells) <= widest:
            continue
        elements.setdefault(row.cells[element].strip())
        name = row.cells[event]
        if name != current and name.strip():
            if hash(name) in seen:
                raise UnreadableFileError(
                    "{file}: the rows of an event are not together (row {number}); "
                    "sort the file by the column 'event'",
                    file=path.name,
                    number=row.number,
                )
            seen.add(hash(name))
        current = name
    return [name for name in elements if name and fold(name) != _ELEMENT]  # the header may be repeated
