"""Reading the columns of days of one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from db.intake.date_order import FileOrder
from db.intake.dates import EARLIEST, EARLIEST_BIRTH, Either, has_short_year, read_day
from db.intake.notices import Notices
from db.intake.numbers import is_damaged
from db.intake.reasons import Reason
from db.intake.values import visible
from surveillance.line_list import READ

#: A year of two digits so many years back is no year: it may be a day, where the year stands first.
_LONG_AGO = 15


def required(name: str, text: str, advice: Reason) -> Reason:
    """Why a row is rejected that lacks a required value."""
    shown = visible(text, 40)
    if not shown:
        return Reason("{field}: is blank; {advice}", field=name, advice=advice)
    return Reason("{field}: '{text}' cannot be read; {advice}", field=name, text=shown, advice=advice)


def facility_advice(text: str) -> Reason:
    """What to do about a facility's number that is blank or damaged."""
    if is_damaged(text):
        return Reason("its digits are lost: write the number in full, as text")
    return Reason("write the facility's number")


class DayColumns:
    """Reads columns of days; each distinct text once.

    Parameters
    ----------
    order : FileOrder
        Settles texts that can be two days.
    today : date
        No day but one of birth may lie after it (that one is held against the visit).
    excel_1904 : bool
        Whether the file's day numbers count from 1904.
    """

    def __init__(self, order: FileOrder, today: date, notices: Notices, *, excel_1904: bool = False) -> None:
        self._order, self._today, self._notices = order, today, notices
        self._excel_1904 = excel_1904
        #: Column -> text -> its day; `Either` where nothing can settle it, False where it cannot be read.
        self._memo: dict[str, dict[str, date | Either | bool | None]] = {}

    def read(
        self, name: str, column: Sequence[str], numbers: Sequence[int], reasons: dict[int, list[Reason]]
    ) -> list[date | None]:
        """Days of a column, None where there is none; rows to be rejected get their reason in `reasons`.

        Raises
        ------
        AmbiguousDatesError
            A text can be two days, and nothing tells which.
        """
        memo = self._memo.setdefault(name, {})
        texts = set(column)
        for text in texts.difference(memo):
            memo[text] = self._one(name, text)
        values = list(map(memo.__getitem__, column))
        trouble = {text for text in texts if self._is_trouble(name, memo[text])}
        if not trouble:
            return values  # type: ignore[return-value]
        for i, text in enumerate(column):
            if text in trouble:
                values[i] = self._explain(name, text, i, numbers[i], reasons)
        return values  # type: ignore[return-value]

    def _one(self, name: str, text: str) -> date | Either | bool | None:
        try:
            earliest = EARLIEST_BIRTH if name == "birth_date" else EARLIEST
            day = read_day(text, earliest=earliest, excel_1904=self._excel_1904)
        except (ValueError, OverflowError):
            return False if text.strip() else None
        settled = self._order.settle(day) if isinstance(day, Either) else day
        if isinstance(settled, date) and name != "birth_date" and self._is_long_ago(settled):
            return settled if not has_short_year(text) else False
        return settled

    def _is_long_ago(self, day: date) -> bool:
        return day.year < self._today.year - _LONG_AGO

    def _is_trouble(self, name: str, value: date | Either | bool | None) -> bool:
        if isinstance(value, date):
            return value > self._today and name != "birth_date"
        return value is not None or READ[name].required

    def _explain(
        self, name: str, text: str, i: int, number: int, reasons: dict[int, list[Reason]]
    ) -> date | None:
        value = self._memo[name][text]
        if isinstance(value, date):
            late = Reason(
                "{field}: {day} lies after the day of import ({today})",
                field=name,
                day=value.isoformat(),
                today=self._today.isoformat(),
            )
            reasons.setdefault(i, []).append(late)
            return value
        if isinstance(value, Either):
            reasons.setdefault(i, []).append(self._order.contradiction(name, text))
        elif READ[name].required:
            advice = Reason("write it as YYYY-MM-DD, from 1990 on")
            reasons.setdefault(i, []).append(required(name, text, advice))
        else:
            self._notices.add("unread_value", name, text, number)
        return None
