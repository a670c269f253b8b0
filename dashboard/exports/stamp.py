"""What each row of a file says of itself: whether it is issued, its threshold, its last day, and whose role.

Rows of a release bring this along. Rows that are counted now have no release; they get the rest here, in
every file of numbers, so that no two doors differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.exports import area_codes
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described

#: Columns of every row: `app.py release verify` reads them.
COLUMNS = ("issued", "release", "threshold", "periods", "data_until", "shown_to_role")
#: The threshold of whoever is shown every number: of one person, too.
EVERY_NUMBER = 1


@dataclass(frozen=True)
class Stamp:
    """What is said of numbers that are counted now.

    `threshold`: fewest people that the account is told of. `data_until`: last day of the data; blank where
    there are none. `role`: of the account that took the file.
    """

    threshold: int
    data_until: str
    role: str

    def facts(self) -> dict[str, Any]:
        """The same beside a table, in a description of it."""
        return {"fewest": self.threshold, "data_until": self.data_until, "shown_to_role": self.role}

    def columns(self, columns: Sequence[Column]) -> list[Column]:
        """Columns of a table, with those of `COLUMNS` that it has not; of a table by area with its codes."""
        held = {column.name for column in columns}
        stamped = [*columns, *described(name for name in COLUMNS if name not in held)]
        return [*stamped, *area_codes.COLUMNS] if area_codes.AREA in held else stamped

    def rows(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Rows with what they do not say of themselves."""
        own = {"threshold": self.threshold, "data_until": self.data_until or None, "shown_to_role": self.role}
        for row in rows:
            said = {**row, **{name: None for name in COLUMNS if name not in row}}
            if area_codes.AREA in row:
                said |= area_codes.codes_of(row)
            if row.get("issued", "no") == "no":
                said |= own | {"issued": "no"}
            yield said
