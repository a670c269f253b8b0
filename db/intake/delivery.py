"""Opening a delivered line list through a mapping."""

from __future__ import annotations

from collections.abc import Callable, Collection

from db.intake.cleaning import Places
from db.intake.date_order import Evidence, FileOrder, look_through
from db.intake.dates import DateOrder
from db.intake.mapped_table import Delivered, MappedTable, known_columns
from db.intake.mapping import Mapping
from db.intake.place_systems import MalariaPlaces
from db.intake.readers import Table
from surveillance.line_list import READ

_DAYS = frozenset(name for name, field in READ.items() if field.type == "date")


#: Opens a file as a table, given the column names that may stand in its header.
Opener = Callable[..., Table]


def open_delivery(
    opener: Opener, file: str, mapping: Mapping, fields: Collection[str] = READ.keys()
) -> Delivered:
    """A file's rows in the columns of the line list.

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
    return Delivered(table) if mapping.is_plain else MappedTable(table, mapping, file, fields)


def order_of(
    opener: Opener, file: str, mapping: Mapping, answer: DateOrder | None, called: dict[str, str]
) -> FileOrder:
    """The order of day and month: what was answered, else the mapping's, else what the file shows.

    The file is read a second time where that matters, and only then.
    """

    def evidence() -> Evidence:
        again = open_delivery(opener, file, mapping, _DAYS)
        return look_through(again.chunks, again.day_columns)

    return FileOrder(answer or mapping.date_order, evidence, file, called)


def places_of(mapping: Mapping, gazetteer: Places) -> Places:
    """The gazetteer, in the system of codes that a mapping uses."""
    return MalariaPlaces(gazetteer) if mapping.place_system == "malaria" else gazetteer
