"""The reckoning of the Buddhist era in one file: declared, shown by Thai writing, else asked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from db.intake.dates.order import THAI, Evidence
from db.intake.dates.parse import Either, Eras
from db.intake.values.codes import visible
from surveillance.calendar.buddhist_era import Era
from surveillance.errors import AmbiguousEraError


def is_thai(text: str) -> bool:
    """Whether a text has letters or digits of Thai.

    >>> is_thai("๑๐ มิ.ย. ๒๕๖๘"), is_thai("10/06/2568")
    (True, False)
    """
    return not text.isascii() and THAI.search(text) is not None


class FileEra:
    """The reckoning of one file; asked of the file at most once, and only if it matters.

    Parameters
    ----------
    given : Era or None
        What was declared, by an option or the mapping.
    evidence : callable
        Looks through the file.
    file : str
        Its name, for messages.
    called : mapping
        Field -> column as its sender calls it, for messages.
    """

    def __init__(
        self,
        given: Era | None = None,
        evidence: Callable[[], Evidence] | None = None,
        file: str = "",
        called: Mapping[str, str] | None = None,
    ) -> None:
        self._given, self._evidence, self._file, self._called = given, evidence, file, called or {}
        self._shown: Era | None = None
        self.used: Era | None = None

    @property
    def declared(self) -> Era | None:
        """The reckoning that was declared."""
        return self._given

    @property
    def noted(self) -> dict[str, str]:
        """The reckoning as the audit trail keeps it: nothing where none was needed."""
        return {"era": self.used} if self.used else {}

    def settle(self, both: Eras, name: str, text: str, row: int) -> date | Either | None:
        """The day that is meant; None where it is no day by the reckoning of the file.

        Raises
        ------
        AmbiguousEraError
            Nothing tells the reckoning: it has to be answered.
        """
        era = self._given or ("thai" if is_thai(text) else self._of_file())
        if era is None:
            raise self._question(both, name, text, row)
        self.used = era
        return both.by(era)

    def _of_file(self) -> Era | None:
        if self._shown is None and self._evidence is not None and self._evidence().thai:
            self._shown = "thai"
        return self._shown

    def _question(self, both: Eras, name: str, text: str, row: int) -> AmbiguousEraError:
        column, written = self._called.get(name, name), visible(text, 40)
        thai, cambodian = _written(both.thai), _written(both.cambodian)
        return AmbiguousEraError(
            "{file}: years of the Buddhist era can be read in two ways: '{written}' in row {row} ({column}) "
            "is {thai} by the Thai reckoning and {cambodian} by the Cambodian one, whose year begins after "
            "Visak Bochea; answer with --era thai or --era cambodian, or write era into the mapping; nothing "
            "was imported",
            column,
            (written, row, thai, cambodian),
            file=self._file,
            written=written,
            row=row,
            column=column,
            thai=thai or "–",
            cambodian=cambodian or "–",
        )


def _written(day: date | Either | None) -> str:
    """A day as ISO, two of them with a bar; blank if absent."""
    if isinstance(day, Either):
        return " / ".join(one.isoformat() for one in (day.day_first, day.month_first) if one is not None)
    return "" if day is None else day.isoformat()
