"""A finding about the data, and the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.services.places.areas import Area
from db.operations.data_quality import Handling, Key
from surveillance.data_quality.fields import OPEN

#: Columns of the command and the files.
COLUMNS = (
    "kind",
    "field",
    "month",
    "facility_id",
    "name_en",
    "name_km",
    "province",
    "records",
    "found",
    "value",
    "state",
    "owner",
    "note",
    "changed_at",
    "still_found",
)


@dataclass(frozen=True)
class Finding:
    """One thing that deserves a question.

    Parameters
    ----------
    records, found : int
        Records of the facility and month, and those that it is about. Of a sudden change those of the three
        months from then on are found, and `value` is how many the three months before held.
    value : float, optional
        Share of blanks, how far a month lies off, the index of ages.
    area : Area
        The facility.
    handling : Handling, optional
        None: nobody looked after it yet.
    still : bool
        Whether it is found in the records as they are now.
    """

    key: Key
    records: int | None
    found: int | None
    value: float | None
    area: Area
    handling: Handling | None = None
    still: bool = True

    @property
    def state(self) -> str:
        """What became of it."""
        return self.handling.state if self.handling else OPEN

    def row(self) -> dict[str, Any]:
        """Its cells."""
        key, handling = self.key, self.handling
        cells = (
            key.kind,
            key.field,
            key.month[:7],
            key.facility,
            self.area.name_en,
            self.area.name_km,
            self.area.province,
            self.records,
            self.found,
            self.value,
            self.state,
            handling.owner if handling else "",
            handling.note if handling else "",
            handling.changed_at if handling else None,
            "yes" if self.still else "no",
        )
        return dict(zip(COLUMNS, cells, strict=True))


def by_state(found: Sequence[Finding]) -> dict[str, int]:
    """How many findings are in each state."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.state] = counts.get(one.state, 0) + 1
    return counts
