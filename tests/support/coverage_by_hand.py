"""What `coverage` should answer, counted record by record."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_first_day, time_cell_last_day, time_cell_number
from tests.support import cohorts_by_hand
from tests.support.brute_force import Model, Row, contributions, groups_of

Z = 1.959963984540054
Groups = Mapping[str, tuple[str, ...]]


def wilson(x: int, n: int) -> tuple[float, float]:
    """The two proportions whose score test just does not reject x of n: roots of a quadratic."""
    half = Z * math.sqrt(Z * Z + 4 * x * (1 - x / n))
    return (2 * x + Z * Z - half) / (2 * (n + Z * Z)), (2 * x + Z * Z + half) / (2 * (n + Z * Z))


@dataclass(frozen=True)
class Question:
    """What is asked, on which day; `dimension` is care, home, infection, crossing or facility."""

    disease: str
    dimension: str
    measure: str
    groups: Groups
    start: date | None
    end: date | None
    today: date

    @property
    def never(self) -> bool:
        """A breakdown that is never shown."""
        broken_down = self.dimension in ("crossing", "facility") or {
            "activity",
            "movement",
            "residence",
        } & set(self.groups)
        only_positives = self.dimension == "infection" and self.measure not in ("treatment", "completion")
        return only_positives or (DISEASES[self.disease].sensitive and bool(broken_down))


class Answer:
    """The table by hand: `row(code)` is what the row of a place should say."""

    def __init__(self, model: Model, question: Question) -> None:
        self.question, self.model = question, model
        self.records = [r for r in model.records() if r["disease"] == question.disease]
        self.counted = [r for r in self.records if not model.withheld(r, question.dimension)]
        self.by_start = MEASURES[question.measure].by_start
        self.span = self._span()

    def _cells(self, record: Row) -> list[int]:
        """Cells in which a record counts: of its visit, and of completion where treatment began."""
        cells = [cell for cell, _ in contributions(record)]
        if self.by_start and cohorts_by_hand.part(record) is not None:
            cells.append(time_cell_number(cohorts_by_hand.start(record)))
        return cells

    def _span(self) -> tuple[date, date] | None:
        start, end = self.question.start, self.question.end
        cells = [cell for record in self.counted for cell in self._cells(record)]
        if cells and not self.question.never:
            first, last = day_of_number(min(cells)), time_cell_last_day(day_of_number(max(cells)))
            start, end = start or min(first, end or first), end or max(last, start or last)
        if start is None or end is None:
            return None
        return time_cell_first_day(start), time_cell_last_day(end)

    @property
    def shown_period(self) -> tuple[str | None, str | None]:
        """`from` and `to`."""
        return tuple(day.isoformat() for day in self.span) if self.span else (None, None)

    @property
    def _shown(self) -> tuple[date, date] | None:
        start, end = self.shown_period
        return (date.fromisoformat(start), date.fromisoformat(end)) if start and end else None

    def _inside(self, cell: int) -> bool:
        return self.span is not None and self.span[0] <= day_of_number(cell) <= self.span[1]

    def _asked(self, record: Row) -> bool:
        groups = groups_of(record)
        return all(groups[axis] in codes for axis, codes in self.question.groups.items())

    def places(self) -> set[str]:
        """Places with any record of the disease in the period, whatever the groups."""
        return {
            self.model.place(record, self.question.dimension)
            for record in self.counted
            if any(map(self._inside, self._cells(record)))
        }

    def row(self, code: str) -> dict[str, Any]:
        """Everything that a row says beside code and name."""
        blank = dict.fromkeys(("numerator", "denominator", "unknown", "coverage", "lower", "upper"))
        start, end = self.shown_period
        if self.question.never:
            return blank | {"status": "hidden", "from": start, "to": end}
        dimension = self.question.dimension
        here = [record for record in self.counted if self.model.place(record, dimension) == code]
        sums, later = self._completion(here) if self.by_start else self._visits(here)
        reported = any(map(self._visited, self._senders(code)))
        more = {}
        if self.by_start:
            more = {name: sums[name] for name in cohorts_by_hand.SIX}
            more |= {"moved_to_second_line": sums["moved"], "not_yet_due": later}
        x, n, unknown = sums["numerator"], sums["denominator"], sums["unknown"]
        if n:
            lower, upper = wilson(x, n)
            status, figures = ("value" if x else "zero"), (x / n, lower, upper)
        else:
            figures = (None, None, None)
            status = (
                "unknown" if unknown else "not yet due" if later else "nobody" if reported else "not reported"
            )
        named = dict(zip(("coverage", "lower", "upper"), figures, strict=True))
        counts = {"numerator": x, "denominator": n, "unknown": unknown}
        return counts | named | {"status": status, "from": start, "to": end} | more

    def _visits(self, here: list[Row]) -> tuple[Counter, int]:
        """What the records of a place add up to."""
        sums, measure = Counter(), self.question.measure
        for record in filter(self._asked, here):
            for cell, added in contributions(record):
                if self._inside(cell):
                    sums.update({n: added[f"{measure}_{n}"] for n in ("numerator", "denominator", "unknown")})
        return sums, 0

    def _completion(self, here: list[Row]) -> tuple[Counter, int]:
        """What those who began here add up to, and how many are not yet due."""
        rows = []
        for record in filter(self._asked, here):
            cell = time_cell_number(cohorts_by_hand.start(record))
            if self._inside(cell):
                rows.append((record, time_cell_last_day(day_of_number(cell))))
        sums = cohorts_by_hand.of(self.model, self.question.disease, self.question.today).sums(rows)
        sums["numerator"] = sums["cured"] + sums["completed"]
        sums["denominator"] = sum(sums[name] for name in cohorts_by_hand.SIX)
        return sums, sums["not_due"]

    def _senders(self, code: str) -> list[Row]:
        """Records of any disease by which an area reports: a home sends nothing, so there anybody's."""
        own = self.question.dimension if self.question.dimension in ("care", "facility") else None
        if own is None or code == "unknown":
            return self.model.records()
        return [record for record in self.model.records() if self.model.place(record, own) == code]

    def _visited(self, record: Row) -> bool:
        visit = day_of_number(time_cell_number(date.fromisoformat(record["date_visit"])))
        return self._shown is not None and self._shown[0] <= visit <= self._shown[1]
