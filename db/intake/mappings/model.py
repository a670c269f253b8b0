"""A mapping, as data: which columns of a foreign file say what, and what its values mean.

Read from a file by `db.intake.mappings.file`; applied to a file's rows by `db.intake.mappings.table`.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field
from typing import Literal

from db.intake.dates.parse import DateOrder
from surveillance.calendar.buddhist_era import Era
from surveillance.line_list import Field
from surveillance.reception.file_kinds import LINE_LIST, fields_of
from surveillance.sameness import same

PlaceSystem = Literal["gazetteer", "malaria"]
#: What numbers are that are held for other people: corrections of them, or no identity.
SameNumbers = Literal["amend", "new"]
SAME_NUMBERS: tuple[SameNumbers, ...] = ("amend", "new")
PLACE_SYSTEMS: tuple[PlaceSystem, ...] = ("gazetteer", "malaria")


def column_key(name: str) -> str:
    """Form under which two spellings of a column's name are one.

    >>> column_key("  Date  of VISIT ")
    'date of visit'
    """
    return same(name)


def value_key(text: str) -> str:
    """Form under which two spellings of a value are one."""
    return same(text)


@dataclass(frozen=True)
class Rule:
    """How a field is made of one or several columns. Exactly one of the ways is given.

    `answers`: text of a column -> what it means; of several columns the first answer in the order of
    `prefer` counts. `filled`: yes where any column holds something. `flags`: code -> columns that say yes for
    it. `join`: the texts of all columns in one.
    """

    columns: tuple[str, ...]
    way: Literal["copy", "answers", "filled", "flags", "join"]
    answers: ReadOnly[str, str] = field(default_factory=dict)
    prefer: tuple[str, ...] = ()
    #: Texts that count as blank.
    blank: frozenset[str] = frozenset()
    #: What is said where no column holds anything.
    otherwise: str = ""
    flags: ReadOnly[str, tuple[str, ...]] = field(default_factory=dict)
    separator: str = "-"


@dataclass(frozen=True)
class Mapping:
    """One mapping of line lists, or of records of a reception centre."""

    name: str
    version: str
    description: str
    #: Beginning of the SHA-256 of its file.
    fingerprint: str
    #: What each row of its files is: `line-list`, or a kind of record of a reception centre.
    kind: str = LINE_LIST
    #: Field -> its columns; the first that the file has is taken.
    columns: ReadOnly[str, tuple[str, ...]] = field(default_factory=dict)
    #: Whether a column that is named as a field is that field.
    own_names: bool = False
    #: What parts the groups of a survey from the question: `group/question` is also found as `question`.
    group_separators: tuple[str, ...] = ()
    #: Field -> folded text -> what it means.
    values: ReadOnly[str, ReadOnly[str, str]] = field(default_factory=dict)
    constants: ReadOnly[str, str] = field(default_factory=dict)
    #: Field, or `detail.item` -> rules in turn; the first that says something counts.
    rules: ReadOnly[str, tuple[Rule, ...]] = field(default_factory=dict)
    #: Columns that are expected and hold nothing for us.
    ignore: tuple[str, ...] = ()
    #: Column -> folded texts with which a row is no visit: it is left out, and counted.
    no_visit: ReadOnly[str, frozenset[str]] = field(default_factory=dict)
    #: Group of a survey that holds one entry for each person; blank where each form is one person.
    repeat: str = ""
    date_order: DateOrder | None = None
    same_numbers: SameNumbers | None = None
    #: Field -> the order of day and month in its column, where that is not the file's.
    date_orders: ReadOnly[str, DateOrder] = field(default_factory=dict)
    #: The reckoning of years of the Buddhist era.
    era: Era | None = None
    place_system: PlaceSystem = "gazetteer"

    @property
    def fields(self) -> ReadOnly[str, Field]:
        """Fields that its files' columns can be."""
        return fields_of(self.kind)

    @property
    def is_plain(self) -> bool:
        """Whether rows go through as they are."""
        return self.own_names and not (
            self.columns
            or self.values
            or self.constants
            or self.rules
            or self.group_separators
            or self.no_visit
            or self.repeat
        )

    @property
    def stamp(self) -> str:
        """Version and fingerprint, as a receipt keeps them."""
        return f"{self.version} ({self.fingerprint})"
