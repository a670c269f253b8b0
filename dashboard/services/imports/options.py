"""How a file is to be imported: what its sender, or a command, says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from dashboard.messages import Translate
from dashboard.services.clock import today_in_cambodia
from db.batches.declared_coverage import Declared
from db.intake.dates.parse import DateOrder
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.file import DEFAULT
from db.intake.mappings.model import SAME_NUMBERS, Mapping, SameNumbers
from surveillance.calendar.buddhist_era import Era

__all__ = ["SAME_NUMBERS"]
DEFAULT_SOURCE = "default"
DEFAULT_MAPPING = DEFAULT


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be imported.

    Attributes
    ----------
    mapping : str, Mapping or AggregateMapping
        Name of a shipped mapping, path of one, or the mapping itself.
    dates : DateOrder, optional
        Answers in which order the file writes day and month as numbers.
    same_numbers : SameNumbers, optional
        Answers what numbers are that are held for other people: `amend` (corrections), or `new` (no
        identity).
    era : Era, optional
        Answers of which reckoning its years of the Buddhist era are.
    sheet : str, optional
        Sheet of a workbook; without it the one with the most known columns.
    dry_run : bool
        Count what would happen; store nothing.
    today : date, optional
        Day of the import; by default the day it is in Phnom Penh.
    declared : Declared
        What the file covers; :mod:`dashboard.services.imports.declared_coverage` reads it.
    sent_on : date, optional
        Day on which the file was sent; by default the day of the import.
    called : str, optional
        The file's name as its sender knows it, where the path has another.
    t : Translate
        Says why rows are returned in the sender's language.
    fields : Translate
        What a field is called where it is shown; by its code unless given.
    """

    source: str = DEFAULT_SOURCE
    mapping: str | Mapping | AggregateMapping = DEFAULT_MAPPING
    dates: DateOrder | None = None
    same_numbers: SameNumbers | None = None
    era: Era | None = None
    sheet: str | None = None
    dry_run: bool = False
    today: date | None = None
    declared: Declared = field(default_factory=Declared)
    sent_on: date | None = None
    called: str | None = None
    t: Translate = str
    fields: Translate = str

    @property
    def stores(self) -> bool:
        """Whether anything is to be stored."""
        return not self.dry_run

    @property
    def day(self) -> date:
        """Day of the import."""
        return self.today or today_in_cambodia()
