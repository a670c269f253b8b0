"""Opening a delivered line list through a mapping."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from collections.abc import Mapping as ReadOnly
from functools import cache

from db.intake.cleaning.line_list import Places
from db.intake.cleaning.place_systems import MalariaPlaces
from db.intake.dates.eras import FileEra
from db.intake.dates.order import THAI, Evidence, FileOrder, look_through
from db.intake.dates.parse import DateOrder
from db.intake.files.readers import Row, Table
from db.intake.files.rows import THAI_ENCODING
from db.intake.mappings.model import Mapping
from db.intake.mappings.table import Delivered, MappedTable, known_columns
from surveillance.calendar.buddhist_era import Era

#: Opens a file as a table, given the column names that may stand in its header.
Opener = Callable[..., Table]


def open_delivery(
    opener: Opener, file: str, mapping: Mapping, fields: Collection[str] | None = None
) -> Delivered:
    """A file's rows in the columns of the line list, or of the kind of record that the mapping is for.

    Parameters
    ----------
    opener
        Opens the file.
    file : str
        Its name, for messages.
    fields
        Those to make, at least, where not all are wanted.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or the mapping does not tell two of its columns apart.
    """
    more = {"repeat": mapping.repeat} if mapping.repeat else {}
    table = opener(known_columns(mapping), **more)
    return Delivered(table, mapping.fields) if mapping.is_plain else MappedTable(table, mapping, file, fields)


def order_of(
    opener: Opener, file: str, mapping: Mapping, answer: DateOrder | None, called: dict[str, str]
) -> FileOrder:
    """The order of day and month alone: see :func:`days_of`."""
    return days_of(opener, file, mapping, answer, called)[0]


def days_of(
    opener: Opener,
    file: str,
    mapping: Mapping,
    answer: DateOrder | None,
    called: dict[str, str],
    era: Era | None = None,
    day_of: Callable[[str], str] | None = None,
) -> tuple[FileOrder, FileEra]:
    """The order of day and month, and the reckoning of Buddhist years.

    Each is what was answered, else the mapping's, else what the file shows. The file is read a second time
    where that matters, and only then. A column with an order of its own says nothing of the others.
    `day_of` takes the day out of a cell that holds a time as well.
    """

    @cache
    def evidence() -> Evidence:
        again = open_delivery(opener, file, mapping, _days(mapping))
        columns = {name: at for name, at in again.day_columns.items() if name not in mapping.date_orders}
        found = look_through(_alone(again, columns, day_of), columns, era or mapping.era or "thai")
        found.thai = (
            found.thai or any(map(THAI.search, again.sent_header)) or again.table.form == THAI_ENCODING
        )
        return found

    order = FileOrder(answer or mapping.date_order, evidence, file, called, mapping.date_orders)
    return order, FileEra(era or mapping.era, evidence, file, called)


def _days(mapping: Mapping) -> frozenset[str]:
    return frozenset(name for name, field in mapping.fields.items() if field.type == "date")


def _alone(
    table: Delivered, columns: ReadOnly[str, int], day_of: Callable[[str], str] | None
) -> Iterator[list[Row]]:
    """The rows of a table, the days in it without the time beside them."""
    if day_of is None:
        yield from table.chunks
        return
    wanted = frozenset(columns.values())
    for rows in table.chunks:
        yield [
            Row(row.number, [day_of(cell) if at in wanted else cell for at, cell in enumerate(row.cells)])
            for row in rows
        ]


def places_of(mapping: Mapping, gazetteer: Places) -> Places:
    """The gazetteer, in the system of codes that a mapping uses."""
    return MalariaPlaces(gazetteer) if mapping.place_system == "malaria" else gazetteer
