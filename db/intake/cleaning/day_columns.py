"""Reading the columns of days of one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from db.intake.dates.cells import DayReader, Unread
from db.intake.dates.eras import FileEra
from db.intake.dates.order import FileOrder
from db.intake.dates.parse import Either
from db.intake.values.codes import visible
from db.intake.values.identifiers import is_damaged
from db.intake.values.notices import PLACEHOLDER_DAY, Notices
from db.intake.values.reasons import Reason
from surveillance.line_list import READ

_ADVICE = Reason("write it as YYYY-MM-DD, from 1990 on")
_ORDERS = {"day-first": Reason("day first"), "month-first": Reason("month first")}


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
    era : FileEra
        Settles years of the Buddhist era.
    """

    def __init__(
        self,
        order: FileOrder,
        today: date,
        notices: Notices,
        *,
        excel_1904: bool = False,
        era: FileEra | None = None,
    ) -> None:
        self._order, self._today, self._notices = order, today, notices
        self._reader = DayReader(order, era or FileEra(), today, excel_1904=excel_1904)
        #: Column -> text -> its day, or why it has no day; `Either` where nothing can settle it.
        self._memo: dict[str, dict[str, date | Either | Unread]] = {}

    def read(
        self, name: str, column: Sequence[str], numbers: Sequence[int], reasons: dict[int, list[Reason]]
    ) -> list[date | None]:
        """Days of a column, None if absent; rows to be rejected get their reason in `reasons`.

        Raises
        ------
        AmbiguousDatesError
            A text can be two days, and nothing tells which.
        AmbiguousEraError
            A year can be of two reckonings, and nothing tells which.
        """
        memo = self._memo.setdefault(name, {})
        texts = dict.fromkeys(column)
        unread = [text for text in texts if text not in memo]
        if unread:
            first = dict(zip(reversed(column), reversed(numbers), strict=True))
            memo |= {text: self._reader.read(name, text, first[text]) for text in unread}
        days = {text: day for text in texts if isinstance(day := memo[text], date)}
        values = list(map(days.get, column))
        trouble = {text for text in texts if self._is_trouble(name, memo[text])}
        if not trouble:
            return values
        for i, text in enumerate(column):
            if text in trouble:
                values[i] = self._explain(name, text, i, numbers[i], reasons)
        return values

    def _is_trouble(self, name: str, value: date | Either | Unread) -> bool:
        if isinstance(value, date):
            return value > self._today and name != "birth_date"
        return value is not Unread.BLANK or READ[name].required

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
            reasons.setdefault(i, []).append(self._refusal(name, text, value))
        else:
            kind = PLACEHOLDER_DAY if value is Unread.PLACEHOLDER else "unread_value"
            self._notices.add(kind, name, text, number)
        return None

    def _refusal(self, name: str, text: str, value: Unread) -> Reason:
        """Why a row is rejected whose required day cannot be read."""
        shown = visible(text, 40)
        if value is Unread.PLACEHOLDER:
            return Reason(
                "{field}: '{text}' stands for a day that is not known; {advice}",
                field=name,
                text=shown,
                advice=_ADVICE,
            )
        if value is Unread.OTHER_ORDER:
            return Reason(
                "{field}: '{text}' is no day in the order that was declared ({order}); {advice}",
                field=name,
                text=shown,
                order=_ORDERS[self._order.declared(name) or "day-first"],
                advice=_ADVICE,
            )
        if value is Unread.NOT_IN_YEAR:
            return Reason(
                "{field}: '{text}' is no day of the Cambodian year, which begins after Visak Bochea (in "
                "April or May), or is two; {advice}",
                field=name,
                text=shown,
                advice=_ADVICE,
            )
        return required(name, text, _ADVICE)
