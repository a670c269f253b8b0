"""Weeks and months of counts: read from texts and from days, in years of the common or the Buddhist era."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db.intake.dates.cells import DayReader, Unread
from db.intake.dates.parse import Eras
from db.intake.files.readers import Row
from db.intake.values.digits import translated
from surveillance.calendar.buddhist_era import Era
from surveillance.report_periods import parse_report_period
from surveillance.sameness import same

WEEK, MONTH = STEPS = ("week", "month")
_WORDS = {
    **dict.fromkeys(map(same, ("week", "weeks", "weekly", "w", "សប្តាហ៍")), WEEK),
    **dict.fromkeys(map(same, ("month", "months", "monthly", "m", "ខែ")), MONTH),
}
#: Days of a week, and the fewest and the most of a month.
_WEEK_DAYS, _LEAST, _MOST = 7, 28, 31


@dataclass(frozen=True)
class Period:
    """A week or a month by its first day."""

    step: str
    first: date


def step_of(text: str) -> str | None:
    """`week` or `month`; None where the text says neither.

    >>> step_of("Weekly"), step_of("ខែ"), step_of("day")
    ('week', 'month', None)
    """
    return _WORDS.get(same(text))


def written(text: str) -> tuple[tuple[Period | None, Period | None], bool]:
    """A period by the Thai and by the Cambodian reckoning, and whether the text is written as one at all."""
    plain = translated(text).strip()
    thai = _of(plain, "thai")
    return (thai, _of(plain, "cambodian")), thai is not None


def _of(text: str, era: Era) -> Period | None:
    try:
        first, last = parse_report_period(text, era)
    except ValueError:
        return None
    days = (last - first).days + 1
    if days == _WEEK_DAYS:
        return Period(WEEK, first)
    return Period(MONTH, first) if _LEAST <= days <= _MOST else None


def usual_step(texts: Sequence[str]) -> str | None:
    """The step that all of a file's texts have that are written as weeks or months; None: there is no one.

    >>> usual_step(["2025-03", "1998-01"]), usual_step(["2025W07", "2025-03"]), usual_step(["2025-03-03"])
    ('month', None, None)
    """
    found = {period.step for text in texts for period in written(text)[0] if period is not None}
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class PeriodReader:
    """Reads the periods of one file. `usual`: the step of what could be either."""

    days: DayReader
    usual: str | None

    @classmethod
    def of(cls, days: DayReader, rows: Sequence[Row], at: int) -> PeriodReader:
        """A reader that has looked through a file: days that are all Mondays are weeks, all firsts months."""
        texts = {row.cells[at].strip(): row.number for row in reversed(rows) if at < len(row.cells)}
        usual = usual_step(sorted(texts))
        if usual is None:
            begun = [
                day
                for text, row in texts.items()
                if not written(text)[1] and isinstance(day := days.read("period", text, row), date)
            ]
            could = [step for step in STEPS if begun and all(_begins(day, step) for day in begun)]
            usual = could[0] if len(could) == 1 else None
        return cls(days, usual)

    def read(self, text: str, row: int, step: str | None) -> Period | str:
        """The period, or why there is none: `blank`, `step`, `first`, `unread`, `year`, `other`.

        Parameters
        ----------
        step : str, optional
            What the row says it is.
        """
        if not text:
            return "blank"
        (thai, cambodian), is_period = written(text)
        if is_period:
            found = thai
            if thai != cambodian:
                both = Eras(thai.first if thai else None, cambodian.first if cambodian else None)
                settled = self.days.era.settle(both, "period", text, row)
                found = thai if thai and settled == thai.first else cambodian
            if found is None:
                return "year"
            return found if step in (None, found.step) else "other"
        day = self.days.read("period", text, row)
        if not isinstance(day, date):
            return "year" if day is Unread.NOT_IN_YEAR else "unread"
        return _of_day(day, step or self.usual)


def _of_day(day: date, step: str | None) -> Period | str:
    """The week or month that begins on a day."""
    if step is not None:
        return Period(step, day) if _begins(day, step) else "first"
    held = [name for name in STEPS if _begins(day, name)]
    return Period(held[0], day) if len(held) == 1 else "step" if held else "first"


def _begins(day: date, step: str) -> bool:
    return day.isoweekday() == 1 if step == WEEK else day.day == 1
