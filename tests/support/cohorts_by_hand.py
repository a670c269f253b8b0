"""Cohorts, counted record by record: who started, what became of them, and until when that is known."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.diseases import DISEASES
from tests.support.brute_force import Model, Row, answers_of

SIX = ("cured", "completed", "died", "failed", "lost", "not_evaluated")
SAID = {
    "cured": "cured",
    "recovered": "cured",
    "completed": "completed",
    "died": "died",
    "failed": "failed",
    "lost_to_follow_up": "lost",
    "second_line": "moved",
}


def started(row: Row) -> bool | None:
    """Whether treatment began: a no, or a negative result before it, says that it did not."""
    eligible, tested, positive, treated, completed = answers_of(row)
    if treated is not None:
        return treated
    if completed:
        return None
    negative = positive is False or (
        positive is None and (tested is False or (tested is None and eligible is False))
    )
    return False if negative else None


def part(row: Row) -> str | None:
    """What a record counts as once it is due."""
    began, completed, outcome = started(row), answers_of(row)[4], row.get("outcome") or "unknown"
    if began is False:
        return None
    if began is None:
        return "unknown"
    if outcome == "recovered" and completed is False:
        return "not_evaluated"
    return SAID.get(outcome) or ("completed" if completed else "not_evaluated")


def day(text: str) -> date:
    return date.fromisoformat(text)


def start(row: Row) -> date:
    """Day of the start, or of the visit."""
    return day(row.get("date_treated") or row["date_visit"])


def follow_up(row: Row) -> int:
    """Days after which it is due."""
    detail = json.loads(row.get("detail") or "{}")
    weekly = row["disease"] == "malaria" and detail.get("primaquine") in ("weekly", "8_weeks")
    return 56 if weekly else DISEASES[row["disease"]].follow_up_days


def sensitive(row: Row) -> bool:
    return DISEASES[row["disease"]].sensitive


def sunday_before(known: date) -> date:
    """The Sunday of or before a day."""
    while known.isoweekday() != 7:
        known -= timedelta(days=1)
    return known


def known(row: Row) -> date | None:
    """The day of which a record shows that outcomes were known (files came at the time of the test)."""
    if sensitive(row):
        return sunday_before(max(day(row["date_visit"]), day(row.get("date_outcome") or row["date_visit"])))
    if row.get("date_outcome"):
        return day(row["date_outcome"])
    outcome = row.get("outcome") or "unknown"
    if started(row) is not True or (answers_of(row)[4] is None and outcome in ("unknown", "on_treatment")):
        return None
    early = ("died", "failed", "lost_to_follow_up", "second_line", "transferred")
    return start(row) + timedelta(days=0 if outcome in early else follow_up(row))


@dataclass
class Cohorts:
    """Everybody of a disease, and until when each facility knew outcomes."""

    records: list[Row]
    today: date

    def __post_init__(self) -> None:
        self.known: dict[str, date] = defaultdict(lambda: date.min)
        for row in self.records:
            if (last := known(row)) is not None:
                self.known[self._knows(row)] = max(self.known[self._knows(row)], last)

    def _knows(self, row: Row) -> str:
        return "" if sensitive(row) else row["facility_id"].casefold()

    def due(self, row: Row, cell_end: date) -> bool:
        """Whether a record is due; one whose start is not known waits for no outcome."""
        if sensitive(row):
            return cell_end + timedelta(days=follow_up(row)) <= min(self.today, self.known[""])
        if part(row) == "unknown":
            return cell_end + timedelta(days=follow_up(row)) <= self.today
        last = min(self.today, self.known[self._knows(row)])
        return start(row) + timedelta(days=follow_up(row)) <= last

    def sums(self, rows: Iterable[tuple[Row, date]]) -> Counter:
        """What records add up to, each with the last day of the cell in which it began."""
        found: Counter = Counter()
        for row, end in rows:
            kind = part(row)
            if kind is None:
                continue
            if self.due(row, end):
                found[kind] += 1
            elif kind != "moved":
                found["not_due"] += 1
        return found


def of(model: Model, disease: str, today: date) -> Cohorts:
    """The cohorts of a disease that the model holds."""
    return Cohorts([row for row in model.records() if row["disease"] == disease], today)
