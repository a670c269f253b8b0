"""How every area of a table changed since the window that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.comparison import OF_FACILITIES, Compared, Facts, compare, facts_of
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import CoverageTable
from db.core.engine import Database
from surveillance.coverage.area_changes import changes as differences
from surveillance.coverage.area_changes import compared
from surveillance.coverage.estimates import Change, Counts, Estimate, estimate
from surveillance.coverage.paired_change import Comparison, Group, paired, people_compared, speaks_for
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
    "compared_as",
    "earlier_known",
    "change_missing",
)


@dataclass(frozen=True)
class Changes:
    """How two windows were compared, and the change of each area that has a value in both."""

    facts: Facts | None = None
    of: Mapping[str, Change] = field(default_factory=dict)
    total: Change | None = None
    #: Areas (`None`: all together) whose compared facilities hold too few: people compared, and people.
    too_few: Mapping[str | None, tuple[int, int]] = field(default_factory=dict)
    #: Areas that were compared, whether or not they have a change.
    looked_at: frozenset[str] = field(default=frozenset(), compare=False)
    #: Where the records begin after the earlier window does, so that nothing is compared: their first day.
    begins: date | None = None
    earlier: Facts | None = None

    @property
    def family(self) -> int:
        """How many areas are tested together."""
        return len(self.of)

    def change_of(self, code: str | None) -> Change | None:
        """The change of one area, or (`None`) of all together."""
        return self.total if code is None else self.of.get(code)

    def columns(self, code: str) -> dict[str, object]:
        """One area's `COLUMNS`; None where there is nothing to compare, and in `change_missing` why."""
        found = self.of.get(code)
        facts = self.facts
        if found is None or facts is None:
            return dict.fromkeys(COLUMNS) | {"change_missing": self._missing(code)}
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
            _compared_as(facts),
            "now" if facts.known_on is None else "then",
            None,
        )
        return dict(zip(COLUMNS, values, strict=True))

    def _missing(self, code: str) -> str | None:
        if self.facts is not None and self.facts.incomplete:
            return "incomplete_year"
        if self.begins is not None:
            return "before_records"
        if code in self.too_few:
            return "few_compared"
        return "nobody_compared" if code in self.looked_at else None


def _compared_as(facts: Facts) -> str:
    """What of both windows is compared, as exports name it."""
    if not facts.of_facilities:
        return "sums"
    return f"facility-{facts.unit}s" if facts.kept is not None else "facilities"


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
        facts = facts_of(reading)
        if facts is None:
            return Changes()
        begins = reading.begins
        late = begins is not None and begins > facts.earlier.start and not facts.incomplete
        shown = facts if facts.incomplete or facts.too_long else None
        return Changes(shown, begins=begins if late else None, earlier=facts if late else None)
    codes = [row.area.code for row in table.rows if row.value.status is not Status.HIDDEN]
    too_few: dict[str | None, tuple[int, int]] = {}
    if with_what.facts.of_facilities:
        areas, total, too_few = _paired(codes, *_sides(reading, table, table.period, with_what))
    else:
        areas, total = _unpaired(codes, reading, table, with_what)
    shifts = differences(areas)
    (whole,) = differences([total])  # looked at by itself
    found = {code: shift for code, shift in zip(codes, shifts, strict=True) if shift is not None}
    return Changes(with_what.facts, found, whole, too_few, frozenset(codes))


@dataclass(frozen=True)
class _Side:
    """People of one window: of each area by facility, and of all areas together by facility."""

    areas: Mapping[str, Mapping[str, Group]]
    whole: Mapping[str, Group]


def _sides(
    reading: Reading, table: CoverageTable, period: Period, with_what: Compared
) -> tuple[_Side, _Side, _Side]:
    """People now and earlier: of the weeks each facility reported in both, or of the whole windows.

    The third: everybody of the later window, of whom the first are a part.
    """
    facts = with_what.facts
    windows = facts.now or period, facts.earlier
    now, then = (_of_facilities(reading, window) for window in windows)
    if reading.query.dimension not in OF_FACILITIES:
        return _sides_of_parts(reading, windows, (now, then), with_what)
    areas = None if reading.query.dimension == "facility" else _provinces(reading)
    everybody = _counted(now)
    if facts.kept is None:
        groups = everybody, _counted(then), everybody
    else:
        groups = *_of_pairs((now, then), with_what), everybody
    first, second, third = (_Side(_by_area(side, areas), side) for side in groups)
    return first, second, third


def _of_pairs(
    readings: tuple[Reading, Reading], with_what: Compared
) -> tuple[dict[str, Group], dict[str, Group]]:
    """People of each facility now and earlier, in the weeks in which it reported in both."""
    pairs = with_what.pairs.facilities
    now, then = readings
    return (
        {name: _group(now, name, one.now) for name, one in pairs.items() if one.now.denominator},
        {name: _group(then, name, one.earlier) for name, one in pairs.items() if one.earlier.denominator},
    )


def _sides_of_parts(
    reading: Reading,
    windows: tuple[Period, Period],
    of_facilities: tuple[Reading, Reading],
    with_what: Compared,
) -> tuple[_Side, _Side, _Side]:
    """Of areas that are the patients': those of each area at each facility; all together by facility.

    The vans of a part are not known: the design effect takes those of the whole area.
    """
    readings = [reading.of(replace(reading.query, start=one.start, end=one.end)) for one in windows]
    whole = _of_pairs(of_facilities, with_what)
    parts = with_what.pairs.parts.items()
    sides = []
    for number, (own, together) in enumerate(zip(readings, whole, strict=True)):
        areas = {}
        for place, facilities in parts:
            counts = {name: (one.now, one.earlier)[number] for name, one in facilities.items()}
            areas[place] = {name: _group(own, place, row) for name, row in counts.items() if row.denominator}
        sides.append(_Side(areas, together))
    everybody = {
        place: {place: Group(int(row.numerator), int(row.denominator))}
        for place, row in readings[0].by_place(windows[0]).items()
    }
    total = {place: group for own in everybody.values() for place, group in own.items()}
    return sides[0], sides[1], _Side(everybody, total)


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


def _by_area(groups: Mapping[str, Group], area_of: Mapping[str, str] | None) -> dict[str, dict[str, Group]]:
    """Facilities of each area; without `area_of` each is its own."""
    found: dict[str, dict[str, Group]] = {}
    for facility, group in groups.items():
        area = facility if area_of is None else area_of.get(facility, UNKNOWN)
        found.setdefault(area, {})[facility] = group
    return found


def _paired(
    codes: Sequence[str], now: _Side, earlier: _Side, everybody: _Side
) -> tuple[list[Comparison | None], Comparison | None, dict[str | None, tuple[int, int]]]:
    """Each area, and all together: every facility compared with itself; and areas with too few compared.

    A change of a few people among many is no change of the area: it is not shown.
    """
    too_few: dict[str | None, tuple[int, int]] = {}

    def compare_in(
        code: str | None, own: Mapping[str, Group], then: Mapping[str, Group], whole: Mapping[str, Group]
    ) -> Comparison | None:
        part, people = people_compared(own, then), sum(group.denominator for group in whole.values())
        if part and not speaks_for(part, people):
            too_few[code] = part, people
            return None
        return paired(own, then)

    found = [
        compare_in(code, *(side.areas.get(code, {}) for side in (now, earlier, everybody))) for code in codes
    ]
    return found, compare_in(None, now.whole, earlier.whole, everybody.whole), too_few


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
