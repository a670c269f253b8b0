"""Reading one cell of a column of days by what its file declares or shows: the same for every file."""

from __future__ import annotations

from datetime import date
from enum import Enum

from db.intake.dates.eras import FileEra
from db.intake.dates.order import FileOrder
from db.intake.dates.parse import (
    EARLIEST,
    EARLIEST_BIRTH,
    Either,
    Eras,
    has_short_year,
    order_shown,
    read_eras,
)
from db.intake.dates.placeholders import PLACEHOLDERS, stands_for_no_day

#: A year of two digits so many years back is no year: it may be a day, where the year stands first.
_LONG_AGO = 15
#: No day of this century: a year of the Buddhist era before 1990, or none.
_NOT_YET = 2100


class Unread(Enum):
    """Why a cell holds no day."""

    BLANK = "blank"
    UNREADABLE = "unreadable"
    PLACEHOLDER = "placeholder"
    #: It shows the order that was not declared.
    OTHER_ORDER = "other order"
    #: A day of April or May that the Cambodian year does not have, or has twice.
    NOT_IN_YEAR = "not in year"


class DayReader:
    """Reads the days of one file.

    Parameters
    ----------
    order : FileOrder
        Settles texts that can be two days.
    era : FileEra
        Settles years of the Buddhist era.
    today : date
        The day of reading in Phnom Penh.
    excel_1904 : bool
        Whether the file's day numbers count from 1904.
    earliest : date
        Days before it are mistakes; births have a limit of their own.
    """

    def __init__(
        self,
        order: FileOrder,
        era: FileEra,
        today: date,
        *,
        excel_1904: bool = False,
        earliest: date = EARLIEST,
    ) -> None:
        self.order, self.era, self.today = order, era, today
        self._excel_1904, self._earliest = excel_1904, earliest

    def read(self, name: str, text: str, row: int) -> date | Either | Unread:
        """The day of a cell; `Either` where the file writes in both orders.

        Parameters
        ----------
        name : str
            The field of the column; `birth_date` may lie further back.
        row : int
            Its row, for the question that it may raise.

        Raises
        ------
        AmbiguousDatesError
            It can be two days, and nothing tells which.
        AmbiguousEraError
            Its year can be of two reckonings, and nothing tells which.
        """
        if not text.strip():
            return Unread.BLANK
        births = name == "birth_date"
        try:
            found: date | Either | Eras = read_eras(
                text,
                earliest=EARLIEST_BIRTH if births else self._earliest,
                excel_1904=self._excel_1904,
                today=self.today,
            )
        except (ValueError, OverflowError):
            return Unread.PLACEHOLDER if stands_for_no_day(text) else Unread.UNREADABLE
        declared = self.order.declared(name)
        if declared and order_shown(text) not in (None, declared):
            return Unread.OTHER_ORDER
        if isinstance(found, Eras):
            if stands_for_no_day(text):  # which needs no question of its reckoning
                return Unread.PLACEHOLDER
            eras = Eras(self._in_order(found.thai, name), self._in_order(found.cambodian, name))
            settled = eras.thai if eras.thai == eras.cambodian else self.era.settle(eras, name, text, row)
            if settled is None:
                return Unread.NOT_IN_YEAR
        else:
            settled = self._in_order(found, name)
        return settled if isinstance(settled, Either) else self._checked(settled, text, births=births)

    def _in_order(self, found: date | Either | None, name: str) -> date | Either | None:
        return self.order.settle(found, name) if isinstance(found, Either) else found

    def _checked(self, day: date | None, text: str, *, births: bool) -> date | Unread:
        if day in PLACEHOLDERS:
            return Unread.PLACEHOLDER
        if day is None:
            return Unread.UNREADABLE
        if day.year >= _NOT_YET and stands_for_no_day(text):  # 2443-01-01, of a year that is not read as BE
            return Unread.PLACEHOLDER
        is_long_ago = not births and day.year < self.today.year - _LONG_AGO and has_short_year(text)
        return Unread.UNREADABLE if is_long_ago else day
