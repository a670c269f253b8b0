"""Opening a delivered line list through a mapping."""

from __future__ import annotations

from pathlib import Path

from db.intake.cleaning import Places
from db.intake.date_order import Evidence, FileOrder, look_through
from db.intake.dates import DateOrder
from db.intake.forms.limits import DEFAULT
from db.intake.mapped_table import Delivered, MappedTable, known_columns
from db.intake.mapping import Mapping
from db.intake.place_systems import MalariaPlaces
from db.intake.readers import Limits, read_table


def open_delivery(
    path: Path, mapping: Mapping, limits: Limits = DEFAULT, sheet: str | None = None
) -> Delivered:
    """A file's rows in the columns of the line list.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or the mapping does not tell two of its columns apart.
    """
    table = read_table(path, known_columns(mapping), limits=limits, sheet=sheet)
    return Delivered(table) if mapping.is_plain else MappedTable(table, mapping, path.name)


def order_of(
    path: Path,
    mapping: Mapping,
    answer: DateOrder | None,
    called: dict[str, str],
    limits: Limits = DEFAULT,
    sheet: str | None = None,
) -> FileOrder:
    """The order of day and month: what was answered, else the mapping's, else what the file shows.

    The file is read a second time where that matters, and only then.
    """

    def evidence() -> Evidence:
        again = open_delivery(path, mapping, limits, sheet)
        return look_through(again.chunks, again.day_columns)

    return FileOrder(answer or mapping.date_order, evidence, path.name, called)


def places_of(mapping: Mapping, gazetteer: Places) -> Places:
    """The gazetteer, in the system of codes that a mapping uses."""
    return MalariaPlaces(gazetteer) if mapping.place_system == "malaria" else gazetteer
