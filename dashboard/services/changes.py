"""How every area of a table changed since the period of the same length before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import CoverageTable
from dashboard.services.moment import reading_of
from dashboard.services.periods import Period
from dashboard.services.reading import Reading, out_of_reach
from db.engine import Database
from surveillance.area_changes import changes as differences
from surveillance.area_changes import compared
from surveillance.diseases import DISEASES
from surveillance.estimates import Change, Counts, estimate
from surveillance.paired_change import Comparison, Group, paired
from surveillance.vocabulary import UNKNOWN

#: Columns of the change, as exports write them after those of the table.
COLUMNS = (
    "change",
    "change_lower",
    "change_upper",
    "earlier_from",
    "earlier_to",
    "change_level",
    "change_p",
    "change_p_adjusted",
    "change_marked",
    "change_family",
    "change_facilities",
    "change_facilities_left_out",
    "change_people_left_out",
)
#: Kinds of place that are facilities, or made of them.
_OF_FACILITIES = frozenset({"care", "facility"})


@dataclass(frozen=True)
class Changes:
    """The period compared with, and the change of each area that has a value in both."""

    period: Period | None = None
    of: Mapping[str, Change] = field(default_factory=dict)
    total: Change | None = None

    @property
    def family(self) -> int:
        """How many areas are tested together."""
        return len(self.of)

    def change_of(self, code: str | None) -> Change | None:
        """The change of one area, or (`None`) of all together."""
        return self.total if code is None else self.of.get(code)

    def columns(self, code: str) -> dict[str, object]:
        """One area's `COLUMNS`; None where there is nothing to compare."""
        found = self.of.get(code)
        if found is None or self.period is None:
            return dict.fromkeys(COLUMNS)
        values = (
            found.difference,
            found.lower,
            found.upper,
            self.period.start,
            self.period.end,
            found.level,
            found.p,
            found.p_adjusted,
            "yes" if found.marked else "no",
            found.family,
            found.facilities,
            found.left_out if found.facilities is not None else None,
            found.people_left_out if found.facilities is not None else None,
        )
        return dict(zip(COLUMNS, values, strict=True))


def changes(database: Database, grant: Grant, table: CoverageTable, today: date) -> Changes:
    """Compare a table with the period before it, by one more question to the cubes.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, table.query, today) as reading:
        return changes_of(reading, table)


def changes_of(reading: Reading, table: CoverageTable) -> Changes:
    """The changes of a table from the reading it came from."""
    if table.period is None or out_of_reach(reading.grant, reading.query):
        return Changes()
    before = reading.before(table.period)
    if reading.begins is None or reading.begins > before.start:
        return Changes()  # part of a period is nothing to compare with
    then = reading.of(replace(reading.query, start=before.start, end=before.end))
    if then.asked.due is None:
        return Changes()
    codes = [row.area.code for row in table.rows if row.value.denominator]
    if reading.query.dimension in _OF_FACILITIES and not DISEASES[reading.query.disease].sensitive:
        area_of = None if reading.query.dimension == "facility" else _provinces(reading)
        areas, total = _paired(codes, _groups(reading, table.period), _groups(then, then.asked.due), area_of)
    else:
        areas, total = _unpaired(codes, table, then, then.asked.due)
    shifts = differences(areas)
    (whole,) = differences([total])  # looked at by itself
    return Changes(then.asked.due, {c: s for c, s in zip(codes, shifts, strict=True) if s is not None}, whole)


def _groups(reading: Reading, period: Period) -> dict[str, Group]:
    """People of a part of the period in each facility, as groups to compare."""
    by_facility = reading
    if reading.query.dimension != "facility":
        query = replace(reading.query, by="facility", place="care", start=period.start, end=period.end)
        by_facility = reading.of(query)
    found = {}
    for place, row in by_facility.by_place(period).items():
        counts = int(row.numerator), int(row.denominator)
        if counts[1]:
            found[place] = Group(*counts, by_facility.vans.effect(place, *counts))
    return found


def _provinces(reading: Reading) -> Mapping[str, str]:
    return {item["facility_id"]: item["province"] for item in reading.facilities}


def _paired(
    codes: Sequence[str],
    now: Mapping[str, Group],
    earlier: Mapping[str, Group],
    area_of: Mapping[str, str] | None,
) -> tuple[list[Comparison | None], Comparison | None]:
    """Each area, and all together: every facility compared with itself."""
    sides: list[dict[str, dict[str, Group]]] = []
    for groups in (now, earlier):
        side: dict[str, dict[str, Group]] = {}
        for facility, group in groups.items():
            area = facility if area_of is None else area_of.get(facility, UNKNOWN)
            side.setdefault(area, {})[facility] = group
        sides.append(side)
    after, before = sides
    found = [paired(after.get(code, {}), before.get(code, {})) for code in codes]
    return found, paired(now, earlier)


def _unpaired(
    codes: Sequence[str], table: CoverageTable, then: Reading, due: Period
) -> tuple[list[Comparison | None], Comparison | None]:
    """Areas whose facilities are not known: as they are."""
    counts = {place: then.counts(row, row, place) for place, row in then.by_place(due).items()}
    hidden = {row.area.code for row in table.rows if row.value.denominator is None}
    total = sum((c for place, c in counts.items() if place not in hidden), Counts(False))
    total = replace(total, effect=then.vans.effect(None, total.numerator, total.denominator))
    *earlier, whole = estimate([*(counts.get(code, Counts(False)) for code in codes), total])
    now = {row.area.code: row.value for row in table.rows}
    found = [compared(now[code], value) for code, value in zip(codes, earlier, strict=True)]
    return found, compared(table.total, whole)
