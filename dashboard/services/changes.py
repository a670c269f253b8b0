"""How every area of a table changed since the window that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.comparison import OF_FACILITIES, Compared, Facts, compare
from dashboard.services.coverage import CoverageTable
from dashboard.services.moment import reading_of
from dashboard.services.periods import Period
from dashboard.services.reading import Reading
from db.engine import Database
from surveillance.area_changes import changes as differences
from surveillance.area_changes import compared
from surveillance.diseases import DISEASES
from surveillance.estimates import Change, Counts, Estimate, estimate
from surveillance.paired_change import Comparison, Group, paired
from surveillance.status import Status
from surveillance.vocabulary import UNKNOWN

#: Columns of the change, as exports write them after those of the table.
COLUMNS = (
    "change",
    "change_lower",
    "change_upper",
    "earlier_from",
    "earlier_to",
    "compared_with",
    "earlier_known_on",
    "paired_by",
    "paired",
    "left_out",
    "change_level",
    "change_p",
    "change_p_adjusted",
    "change_marked",
    "change_family",
    "change_facilities",
    "change_facilities_left_out",
    "change_people_left_out",
)


@dataclass(frozen=True)
class Changes:
    """How two windows were compared, and the change of each area that has a value in both."""

    facts: Facts | None = None
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
        facts = self.facts
        if found is None or facts is None:
            return dict.fromkeys(COLUMNS)
        days = (facts.earlier.start, facts.earlier.end, facts.known_on)
        first, last, known = (day.isoformat() if day else None for day in days)
        values = (
            found.difference,
            found.lower,
            found.upper,
            first,
            last,
            facts.kind,
            known,
            facts.unit or None,
            facts.kept,
            facts.left_out,
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
    """Compare a table with its earlier window.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, table.query, today) as reading:
        return changes_of(reading, table)


def changes_of(reading: Reading, table: CoverageTable, with_what: Compared | None = None) -> Changes:
    """The changes of a table from the reading it came from. `with_what`: where it is read already."""
    with_what = with_what or compare(reading)
    if table.period is None or with_what is None:
        return Changes()
    codes = [row.area.code for row in table.rows if row.value.status is not Status.HIDDEN]
    if reading.query.dimension in OF_FACILITIES and not DISEASES[reading.query.disease].sensitive:
        area_of = None if reading.query.dimension == "facility" else _provinces(reading)
        areas, total = _paired(codes, *_groups(reading, table.period, with_what), area_of)
    else:
        areas, total = _unpaired(codes, reading, table, with_what)
    shifts = differences(areas)
    (whole,) = differences([total])  # looked at by itself
    found = {code: shift for code, shift in zip(codes, shifts, strict=True) if shift is not None}
    return Changes(with_what.facts, found, whole)


def _groups(
    reading: Reading, period: Period, with_what: Compared
) -> tuple[dict[str, Group], dict[str, Group]]:
    """People of each facility now and earlier: of the weeks it reported in both, or of the whole windows."""
    facts = with_what.facts
    now, then = _of_facilities(reading, facts.now or period), _of_facilities(reading, facts.earlier)
    if facts.kept is None:
        return _counted(now), _counted(then)
    pairs = with_what.pairs.facilities
    return (
        {name: _group(now, name, one.now) for name, one in pairs.items() if one.now.denominator},
        {name: _group(then, name, one.earlier) for name, one in pairs.items() if one.earlier.denominator},
    )


def _of_facilities(reading: Reading, period: Period) -> Reading:
    """The same question of a period, by facility."""
    if reading.query.dimension == "facility" and reading.asked.used == period:
        return reading
    return reading.of(replace(reading.query, by="facility", place="care", start=period.start, end=period.end))


def _counted(reading: Reading) -> dict[str, Group]:
    if reading.asked.used is None:
        return {}
    return {
        place: _group(reading, place, row)
        for place, row in reading.by_place(reading.asked.used).items()
        if int(row.denominator)
    }


def _group(reading: Reading, place: str, row: Any) -> Group:
    counts = int(row.numerator), int(row.denominator)
    return Group(*counts, reading.vans.effect(place, *counts))


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
    codes: Sequence[str], reading: Reading, table: CoverageTable, with_what: Compared
) -> tuple[list[Comparison | None], Comparison | None]:
    """Areas whose facilities are not known: as they are."""

    def values(counts: Mapping[str, Counts], of: Reading | None) -> list[Estimate]:
        total = sum((counts[code] for code in codes if code in counts), Counts(False))
        if of is not None:
            total = replace(total, effect=of.vans.effect(None, total.numerator, total.denominator))
        return estimate([*(counts.get(code, Counts(False)) for code in codes), total])

    *earlier, whole_then = values(with_what.earlier, with_what.then)
    if with_what.now is None:
        shown = {row.area.code: row.value for row in table.rows}
        now, whole_now = [shown[code] for code in codes], table.total
    else:
        *now, whole_now = values(with_what.now, reading)
    return list(map(compared, now, earlier)), compared(whole_now, whole_then)
