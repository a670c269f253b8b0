"""What became of a cohort, beside its completion: outcomes, who is not yet due, until when it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db.cohorts.query import CohortSums, Known
from surveillance.coverage.cohorts import OUTCOMES

#: Columns of a table of completion, after those of every table.
COLUMNS = (
    *OUTCOMES,
    "moved_to_second_line",
    "not_yet_due",
    "outcomes_known_until",
    "outcomes_known_until_latest",
    "facilities_without_outcomes",
)


@dataclass(frozen=True)
class Outcomes:
    """Sums of a cohort, and until when its facilities knew outcomes."""

    sums: CohortSums
    known: Known

    def people(self) -> tuple[int, ...]:
        """Every number of people in it."""
        return (*(getattr(self.sums, name) for name in OUTCOMES), self.sums.moved, self.sums.not_due)

    def columns(self) -> dict[str, Any]:
        """As `COLUMNS`."""
        days = (day.isoformat() if day else None for day in (self.known.first, self.known.last))
        counts = {name: getattr(self.sums, name) for name in OUTCOMES}
        more = (self.sums.moved, self.sums.not_due, *days, self.known.silent)
        return counts | dict(zip(COLUMNS[len(OUTCOMES) :], more, strict=True))


def columns_of(outcomes: Outcomes | None) -> dict[str, Any]:
    """The columns of a row; None in each where the row is hidden."""
    return dict.fromkeys(COLUMNS) if outcomes is None else outcomes.columns()
