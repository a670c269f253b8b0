"""How every area of a table changed since the window that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.comparison import Compared, area_of_facility, compare, facts_of
from dashboard.services.coverage.periods import Facts, Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import AreaValue, CoverageTable
from dashboard.services.disclosure import changes as disclosed
from dashboard.services.disclosure.changes import Windows
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.core.engine import Database
from surveillance.coverage.estimates import Change, Counts
from surveillance.coverage.paired import Paired
from surveillance.coverage.paired_change import Group, paired, people_compared, speaks_for, unpaired
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
    #: Areas (`None`: all together) whose change is hidden since a count is small.
    few: frozenset[str | None] = frozenset()

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
        if code in self.few:
            return "hidden"
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
    # Rows that are hidden since they are small are part of all together.
    within = [row for row in table.rows if row.value.status is not Status.HIDDEN or row.value.few]
    codes = [row.area.code for row in within]
    if with_what.facts.of_facilities:
        areas, total = _paired(codes, _sides(reading, table.period, with_what))
    else:
        areas, total = _unpaired(codes, reading, table, with_what)
    told = disclosed.changes(reading.grant, areas, total)
    rows = zip(within, told.areas, strict=True)
    found = {row.area.code: one for row, one in rows if one is not None and not _hidden(row)}
    either: list[str | None] = [*codes, None]
    few = frozenset(code for code, hidden in zip(either, told.few, strict=True) if hidden)
    too_few = {code: people for code, people in zip(either, told.too_few, strict=True) if people is not None}
    whole = None if table.total.status is Status.HIDDEN else told.total
    return Changes(with_what.facts, found, whole, too_few, frozenset(codes), few=few)


def _hidden(row: AreaValue) -> bool:
    return row.value.status is Status.HIDDEN


Groups = Mapping[str, Group]


@dataclass(frozen=True)
class _Side:
    """People of one window: of each area by facility, and of all areas together by facility."""

    areas: Mapping[str, Groups]
    whole: Groups


#: Those who are compared, now and earlier; and everybody of the later window, of whom the first are a part.
_Sides = Undisclosed[tuple[_Side, _Side, _Side]]


def _sides(reading: Reading, period: Period, with_what: Compared) -> _Sides:
    """People now and earlier: of the weeks each facility reported in both, or of the whole windows."""
    facts = with_what.facts
    windows = facts.now or period, facts.earlier
    now, then = (_of_facilities(reading, window) for window in windows)
    if with_what.of_patients:
        return _sides_of_parts(reading, windows, (now, then), with_what)
    areas = None if reading.query.dimension == "facility" else area_of_facility(reading)
    everybody = _counted(now)
    compared = everybody.with_(_counted(then)) if facts.kept is None else _of_pairs((now, then), with_what)

    def each(held: tuple[tuple[Groups, Groups], Groups]) -> tuple[_Side, _Side, _Side]:
        first, second, third = (_Side(_by_area(side, areas), side) for side in (*held[0], held[1]))
        return first, second, third

    return compared.with_(everybody).map(each)


def _of_pairs(readings: tuple[Reading, Reading], with_what: Compared) -> Undisclosed[tuple[Groups, Groups]]:
    """People of each facility now and earlier, in the weeks in which it reported in both."""
    now, then = readings

    def each(found: Paired) -> tuple[Groups, Groups]:
        pairs = found.facilities
        return (
            {name: _group(now, name, one.now) for name, one in pairs.items() if one.now.denominator},
            {name: _group(then, name, one.earlier) for name, one in pairs.items() if one.earlier.denominator},
        )

    return with_what.pairs.map(each)


def _sides_of_parts(
    reading: Reading,
    windows: tuple[Period, Period],
    of_facilities: tuple[Reading, Reading],
    with_what: Compared,
) -> _Sides:
    """Of areas that are the patients': those of each area at each facility; all together by facility.

    The vans of a part are not known: the design effect takes those of the whole area.
    """
    now, then = (reading.of(replace(reading.query, start=one.start, end=one.end)) for one in windows)

    def of_places(found: Paired) -> tuple[Mapping[str, Groups], Mapping[str, Groups]]:
        areas: tuple[dict[str, Groups], dict[str, Groups]] = ({}, {})
        for place, facilities in found.parts.items():
            for own, (side, window) in zip(areas, ((now, "now"), (then, "earlier")), strict=True):
                rows = {name: getattr(one, window) for name, one in facilities.items()}
                own[place] = {name: _group(side, place, row) for name, row in rows.items() if row.denominator}
        return areas

    def everybody(rows: Mapping[str, Any]) -> _Side:
        whole = {place: Group(int(row.numerator), int(row.denominator)) for place, row in rows.items()}
        return _Side({place: {place: group} for place, group in whole.items()}, whole)

    areas, together = with_what.pairs.map(of_places), _of_pairs(of_facilities, with_what)
    compared = areas.with_(together).map(lambda held: tuple(map(_Side, *held)))
    return compared.with_(now.rows_by_place(windows[0]).map(everybody)).map(
        lambda held: (held[0][0], held[0][1], held[1])
    )


def _of_facilities(reading: Reading, period: Period) -> Reading:
    """The same question of a period, by facility."""
    if reading.query.dimension == "facility" and reading.period == period:
        return reading
    query = replace(
        reading.query, by="facility", place="care", start=period.start, end=period.end, compare=None
    )
    key = tuple(sorted(query.parameters().items()))
    return reading.shared(("by facility", key), lambda: reading.of(query))


def _counted(reading: Reading) -> Undisclosed[Groups]:
    if reading.period is None:
        return Undisclosed({})
    return reading.rows_by_place(reading.period).map(
        lambda rows: {
            place: _group(reading, place, row) for place, row in rows.items() if int(row.denominator)
        }
    )


def _group(reading: Reading, place: str, row: Any) -> Group:
    counts = int(row.numerator), int(row.denominator)
    return Group(*counts, reading.vans.effect(place, *counts))


def _by_area(groups: Groups, area_of: Mapping[str, str] | None) -> dict[str, Groups]:
    """Facilities of each area; without `area_of` each is its own."""
    found: dict[str, dict[str, Group]] = {}
    for facility, group in groups.items():
        area = facility if area_of is None else area_of.get(facility, UNKNOWN)
        found.setdefault(area, {})[facility] = group
    return dict(found)


def _paired(codes: Sequence[str], sides: _Sides) -> tuple[Undisclosed[list[Windows]], Undisclosed[Windows]]:
    """Each area, and all together: every facility compared with itself."""

    def each(held: tuple[_Side, _Side, _Side]) -> list[Windows]:
        return [_windows(*(side.areas.get(code, {}) for side in held)) for code in codes]

    return sides.map(each), sides.map(lambda held: _windows(*(side.whole for side in held)))


def _windows(own: Groups, then: Groups, whole: Groups) -> Windows:
    """A change of a few people among many is no change of the area: it is not shown."""
    part, people = people_compared(own, then), sum(group.denominator for group in whole.values())
    if part and not speaks_for(part, people):
        return Windows(None, (part, people))
    return Windows(paired(own, then))


def _unpaired(
    codes: Sequence[str], reading: Reading, table: CoverageTable, with_what: Compared
) -> tuple[Undisclosed[list[Windows]], Undisclosed[Windows]]:
    """Areas whose facilities are not known: as they are. Of a release all together are as it issued them."""

    def chosen(counts: Mapping[str, Counts]) -> list[Counts]:
        return [counts.get(code, Counts(False)) for code in codes]

    now = reading.of_places(codes) if with_what.now is None else with_what.now.map(chosen)
    then = with_what.earlier.map(chosen)
    areas = now.with_(then).map(
        lambda held: [_of_sums(after, before) for after, before in zip(*held, strict=True)]
    )
    if reading.release is not None and with_what.then is not None:
        both = reading.total(None).with_(with_what.then.total(None))
    else:
        both = now.map(partial(_together, reading)).with_(then.map(partial(_together, with_what.then)))
    return areas, both.map(lambda held: _of_sums(*held))


def _together(reading: Reading | None, counts: Sequence[Counts]) -> Counts:
    total = sum(counts, Counts(False))
    if reading is None:
        return total
    return replace(total, effect=reading.vans.effect(None, total.numerator, total.denominator))


def _of_sums(now: Counts, then: Counts) -> Windows:
    if now.hidden or then.hidden:
        return Windows(None, hidden=True)
    after, before = (Group(one.numerator, one.denominator, one.effect) for one in (now, then))
    return Windows(unpaired(after, before))
