"""What the database should hold, kept in plain Python from the rows that files bring.

Nothing here is taken from `db`: records are a dictionary, cubes are counters over it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from surveillance.coverage.indicators import MEASURES, STEPS, contribution
from surveillance.diseases import DISEASES
from surveillance.epiweek import time_cell_number
from surveillance.strata import NUMBER, stratum
from surveillance.vocabulary import AXES, UNKNOWN, age_band

Row = Mapping[str, str]
DIMENSIONS = ("care", "home", "infection", "crossing", "facility")
ANSWER = {"yes": True, "no": False, "": None}
NEVER_FOR_SENSITIVE = ("activity", "movement")
Sums = dict[tuple, Counter]


@dataclass
class Model:
    """The records and facilities that the database should hold now."""

    facilities: dict[str, dict[str, str]] = field(default_factory=dict)
    numbered: dict[tuple[str, ...], Row] = field(default_factory=dict)
    plain: dict[tuple, list[Row]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    #: (column, text) of places that nobody knew -> what a person says they are.
    resolved: dict[tuple[str, str], str] = field(default_factory=dict)

    def import_file(self, source: str, text: str, rows: Iterable[Row]) -> None:
        """A line list: its last word on a numbered record counts; equal plain rows are several people."""
        if (source, text) in self.seen:
            return
        self.seen.add((source, text))
        brought: dict[tuple, int] = Counter()
        for row in rows:
            facility = row["facility_id"].casefold()
            if row.get("record_status") == "withdrawn":
                self.numbered.pop((source, facility, row["record_id"]), None)
            elif row.get("record_id"):
                self.numbered[source, facility, row["record_id"]] = row
            else:
                same = {
                    name: "" if is_text(name, value) else value
                    for name, value in row.items()
                    if name != "record_status"
                }
                key = (source, tuple(sorted((same | {"facility_id": facility}).items())))
                held = self.plain.setdefault(key, [])
                held[brought[key] : brought[key] + 1] = [row]  # the n-th of those who look the same
                brought[key] += 1

    def list_facilities(self, rows: Iterable[Row]) -> None:
        """A facility list comes; facilities it does not name stay."""
        for row in rows:
            self.facilities[row["facility_id"].casefold()] = dict(row)

    def records(self) -> list[Row]:
        """Every current record."""
        return [
            *self.numbered.values(),
            *(row for rows in self.plain.values() for row in rows),
        ]

    def place(self, row: Row, dimension: str) -> str:
        """Where a record counts."""
        facility = self.facilities.get(row["facility_id"].casefold())
        if dimension == "care":
            return facility["province"] if facility else UNKNOWN
        if dimension == "facility":
            return facility["facility_id"] if facility else UNKNOWN
        column = {"home": "province_home", "infection": "place_infection", "crossing": "crossing"}[dimension]
        text = row.get(column) or UNKNOWN
        return self.resolved.get((column, text), UNKNOWN) if is_text(column, text) else text

    def border(self, row: Row) -> tuple[str, str]:
        """Province of care and crossing of a record."""
        return self.place(row, "care"), self.place(row, "crossing")

    def withheld(self, row: Row, dimension: str) -> bool:
        """HIV and STI: neither by crossing nor by facility."""
        return DISEASES[row["disease"]].sensitive and dimension in ("crossing", "facility")

    def cubes(self) -> dict[str, dict[str, Sums]]:
        """Every cube: family -> dimension -> key -> sums that are not zero."""
        found: dict[str, dict[str, Sums]] = {
            family: {dimension: defaultdict(Counter) for dimension in DIMENSIONS}
            for family in ("total", "group", "stratum")
        }
        for family in ("total", "stratum"):
            found[family]["border"] = defaultdict(Counter)
        for row in self.records():
            for dimension in DIMENSIONS:
                if not self.withheld(row, dimension):
                    self._add(found, dimension, row)
            if not self.withheld(row, "crossing"):
                self._add_border(found, row)
        return found

    def _add_border(self, found: dict[str, dict[str, Sums]], row: Row) -> None:
        disease, (care, crossing) = row["disease"], self.border(row)
        number = stratum(disease, groups_of(row))
        for period, sums in contributions(row):
            found["total"]["border"][disease, care, crossing, period].update(sums)
            found["stratum"]["border"][disease, care, period, crossing, number].update(sums)

    def _add(self, found: dict[str, dict[str, Sums]], dimension: str, row: Row) -> None:
        disease, place, groups = row["disease"], self.place(row, dimension), groups_of(row)
        for period, sums in contributions(row):
            found["total"][dimension][disease, place, period].update(sums)
            for axis, value in groups.items():
                if axis in NEVER_FOR_SENSITIVE and DISEASES[disease].sensitive:
                    continue
                found["group"][dimension][disease, axis, NUMBER[axis][value], period, place].update(sums)
            found["stratum"][dimension][disease, period, place, stratum(disease, groups)].update(sums)


def is_text(column: str, value: str) -> bool:
    """Whether a place is none that anybody knows: the tests write those in lower case with a space."""
    return column in ("province_home", "place_infection", "crossing") and " " in value


def groups_of(row: Row) -> dict[str, str]:
    """A record's value on every axis."""
    years = row.get("age_years") or ""
    values = {axis: row.get(axis) or UNKNOWN for axis in AXES if axis != "age"}
    return values | {"age": age_band(int(years) if years else None)}


def answers_of(row: Row) -> tuple[bool | None, ...]:
    """A record's cascade."""
    return tuple(ANSWER[row.get(step) or ""] for step in STEPS)


def contributions(row: Row) -> list[tuple[int, Counter]]:
    """What a record adds to the cubes, and in which cell; completion is kept by cohort, and not there."""
    visit = Counter(records=1)
    for code, measure in MEASURES.items():
        if not measure.by_start:
            added = contribution(measure, answers_of(row))
            visit.update({f"{code}_{part}": count for part, count in added._asdict().items() if count})
    return [(time_cell_number(date.fromisoformat(row["date_visit"])), visit)]
