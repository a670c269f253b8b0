"""What a question is compared with: the window before, or the same weeks of the year before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

import numpy as np

from dashboard.permissions import Grant
from dashboard.services.coverage.periods import Facts, Period
from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure import changes as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.core.engine import Connection
from db.cubes import archived_sums, facility_cells
from db.cubes import reported as reported_cubes
from db.cubes.facility_cells import FacilityCells
from db.cubes.query import CubeQuery
from db.history import as_of
from db.tables.districts import NEVER
from surveillance.coverage.estimates import Counts, Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.coverage.paired import CellCounts, Paired, Reported, paired
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.windows import Pair, Window, compared

#: Kinds of place that are the facility's: each facility is compared with itself in any comparison.
OF_FACILITIES = frozenset({"care", "facility", "district"})


ByPlace = Undisclosed[Mapping[str, Counts]]


@dataclass(frozen=True)
class Compared:
    """Counts of both windows by place. Where `now` is None it is the value that is shown."""

    facts: Facts
    earlier: ByPlace
    now: ByPlace | None = None
    #: Reading of the earlier window, which knows who reported; None with pairing.
    then: Reading | None = None
    #: Pairs by facility, where facilities are paired; and of each place, as `Facts.kept` and `left_out`.
    pairs: Undisclosed[Paired] = field(default_factory=lambda: Undisclosed(Paired()))
    weeks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: Whether the places are the patients', so that each has the weeks of all facilities.
    of_patients: bool = False

    def facts_at(self, code: str | None) -> Facts:
        """How one place is compared: with its own facilities, or its patients at all of them."""
        if code is None or self.facts.kept is None or self.of_patients:
            return self.facts
        kept, left_out = self.weeks.get(code, (0, 0))
        return replace(self.facts, kept=kept, left_out=left_out)

    def of(self, grant: Grant, code: str | None, shown: Estimate) -> tuple[Estimate, Estimate]:
        """Value now and value then: of one place, or (`None`) of all together."""
        earlier = self.then.total(code) if self.then else _of(self.earlier, code)
        return disclosed.windows(grant, shown, None if self.now is None else _of(self.now, code), earlier)


def _of(counts: ByPlace, code: str | None) -> Undisclosed[Counts]:
    def chosen(held: Mapping[str, Counts]) -> Counts:
        return sum(held.values(), Counts(False)) if code is None else held.get(code, Counts(False))

    return counts.map(chosen)


def facts_of(reading: Reading) -> Facts | None:
    """The windows of a question; None where there is nothing that could be compared."""
    used = reading.period
    if used is None or reading.yearly or reading.out_of_reach:
        return None
    if reading.release is not None:
        return reading.own_facts()
    query = reading.query
    of_facilities = query.dimension in OF_FACILITIES and not DISEASES[query.disease].sensitive
    if query.persons:
        year = used.start.year - 1
        known = min(reading.today, reading.ends or reading.today)
        return Facts(
            "year",
            Period(date(year, 1, 1), date(year, 12, 31)),
            of_facilities=of_facilities,
            incomplete=known if known < used.end else None,
        )
    pair = _windows(reading, used)
    if pair is None:
        return None
    now = Period(*pair.now)
    return Facts(
        pair.comparison,
        Period(*pair.earlier),
        None if now == used else now,
        of_facilities=of_facilities or (pair.comparison == "year" and _records_are_held(reading, pair)),
        too_long=pair.comparison != query.comparison,
    )


def compare(reading: Reading) -> Compared | None:
    """Read what a question is compared with; None where records begin after the earlier window does, and of
    persons in a year that is not over: they cannot be cut within a year, and half a year is no year.

    The same weeks of the year before are compared facility by facility, in the weeks in which each reported
    in both years, and as they were known after the same delay. By home, place of infection and crossing these
    are the patients of each place at each facility. For HIV and syphilis, for completion, and where old
    records are kept as sums only, sums of places are compared.
    """
    facts = facts_of(reading)
    if facts is None or reading.begins is None or reading.begins > facts.earlier.start or facts.incomplete:
        return None
    query = reading.query
    if (
        facts.kind == "year"
        and facts.of_facilities
        and not query.persons
        and not MEASURES[query.measure].by_start
    ):
        return _by_facility(reading, facts)
    then = reading.of(replace(query, start=facts.earlier.start, end=facts.earlier.end))
    if then.period is None or (reading.release is not None and then.period != facts.earlier):
        return None
    earlier = then.by_place(then.period)
    if facts.now is None:
        return Compared(replace(facts, earlier=then.period), earlier, None, then)
    widened = reading.of(replace(query, start=facts.now.start, end=facts.now.end))
    now = widened.by_place(widened.period or facts.now)
    return Compared(replace(facts, earlier=then.period), earlier, now, then)


def facility_weeks(reading: Reading, area: str | None = None) -> Undisclosed[Paired] | None:
    """Each facility paired with itself over the weeks in which it reported in both windows of a question.

    `area`: only the facilities of this area; of a place of the patients only its patients at each facility.
    None where records begin after the earlier window does, where old records are kept as sums only, and for
    HIV, syphilis, completion and persons.
    """
    facts, used = facts_of(reading), reading.period
    if reading.release is not None:
        return None
    pair = _windows(reading, used) if used else None
    if facts is None or pair is None or reading.begins is None or reading.begins > facts.earlier.start:
        return None
    if reading.query.persons or not _records_are_held(reading, pair):
        return None
    pairs = _by_facility(reading, facts).pairs
    return pairs if area is None else pairs.map(partial(_of_area, reading, area))


def area_of_facility(reading: Reading) -> Mapping[str, str]:
    """Province of each facility; by operational district the one in which it is when the period ends.

    So a facility that moved between two windows is compared with itself, where it is now.
    """
    if not reading.by_district:
        return {item["facility_id"]: item["province"] for item in reading.facilities}
    cell = NEVER if reading.period is None else reading.period.last_cell
    return {name: reading.districts.at(name, cell) for name in reading.districts.listed}


def _of_area(reading: Reading, area: str, found: Paired) -> Paired:
    if reading.query.dimension not in OF_FACILITIES:
        return Paired(found.parts.get(area, {}))
    named = area_of_facility(reading)
    by_facility = reading.query.dimension == "facility"
    return Paired(
        {
            name: one
            for name, one in found.facilities.items()
            if (name if by_facility else named.get(name)) == area
        }
    )


def _records_are_held(reading: Reading, pair: Pair) -> bool:
    """Whether single records are held of both windows, which tell the facility and the patient's place."""
    query = reading.query
    if DISEASES[query.disease].sensitive or MEASURES[query.measure].by_start:
        return False
    held = reading.shared("held from", lambda: archived_sums.held_from(reading.connection))
    return held is None or held <= pair.earlier.first


def _windows(reading: Reading, used: Period) -> Pair | None:
    by_start = MEASURES[reading.query.measure].by_start
    return compared(Window(used.start, used.end), reading.query.comparison, ends_within=by_start)


def _by_facility(reading: Reading, facts: Facts) -> Compared:
    used = reading.period
    pair = _windows(reading, used) if used else None
    if pair is None:  # facts_of found it
        raise AssertionError("a comparison without windows")
    number, known_on = same_delay(reading, pair.now.last - pair.earlier.last, pair.earlier.first)
    named = {item["facility_id"]: item["province"] for item in reading.facilities}
    found = paired(
        pair,
        _reported(reading, Period(*pair.now), named, None),
        _reported(reading, Period(*pair.earlier), named, number),
    )
    if reading.query.dimension in ("care", "district"):
        places = found.by(area_of_facility(reading).get)
    elif reading.query.dimension == "facility":
        places = dict(found.facilities)
    else:
        places = found.by_part()
    facts = replace(facts, known_on=known_on, unit=pair.unit, kept=found.weeks, left_out=found.left_out)
    return Compared(
        facts,
        Undisclosed({code: one.earlier for code, one in places.items()}),
        Undisclosed({code: one.now for code, one in places.items()}),
        None,
        Undisclosed(found),
        {code: (one.weeks, one.left_out) for code, one in places.items()},
        of_patients=reading.query.dimension not in OF_FACILITIES,
    )


def same_delay(reading: Reading, back: timedelta, earlier: date) -> tuple[int | None, date | None]:
    """The batch and day up to which an earlier window is read: after the same delay as the window now.

    `back`: from the last day of one window to that of the other. `earlier`: first day of the earlier window.

    None and None where that is not known: nothing had been imported by then, or what was known then has been
    sealed since.
    """
    day = reading.today - back
    number, held = reading.shared(("known on", day), lambda: _known_on(reading.connection, day))
    return (None, None) if number is None or (held is not None and earlier < held) else (number, day)


def _known_on(connection: Connection, day: date) -> tuple[int | None, date | None]:
    """The last batch that had come by a day (None before the first), and the first day known as it was."""
    try:
        number = as_of.batch_at(connection, day)
    except UsageError:
        return None, None
    return number, as_of.answered_from(connection, number, by_start=False)


def _reported(reading: Reading, period: Period, named: Mapping[str, str], number: int | None) -> Reported:
    """What was counted and reported in a window: read once, whatever it is compared with."""
    cube = reading.cube_of(period)
    groups = tuple(sorted(cube.filters.items()))
    key = ("counted", cube.disease, cube.dimension, cube.measure, cube.first, cube.last, groups, number)
    return reading.shared(key, lambda: _read(reading, cube, named, number))


def _read(reading: Reading, cube: CubeQuery, named: Mapping[str, str], number: int | None) -> Reported:
    connection = reading.connection
    found: FacilityCells = facility_cells.read(
        connection, reading.grant.scope, cube, named.keys(), number, reading.cells_of, reading.parts_of
    )
    key = ("reported", cube.first, cube.last, number, facility_cells.by_visit_alone(cube))
    told = reading.shared(key, lambda: facility_cells.reports(connection, cube, named.keys(), number))
    rows = CellCounts(
        found.rows.facility, found.rows.cell, found.rows.cell, found.rows.sums, found.rows.place
    )
    counts = rows
    if reading.query.dimension in OF_FACILITIES:
        counts = _with_spread(reading, cube, found.names, rows)
    return Reported(found.names, *told, counts, found.places, rows if found.places else CellCounts())


def _with_spread(reading: Reading, cube: CubeQuery, names: Sequence[str], rows: CellCounts) -> CellCounts:
    """Counts of records, and those of reports over several cells."""
    if not reading.has_reports:
        return rows
    reports = reported_cubes.read(
        reading.connection, reading.grant.scope, replace(cube, dimension="facility")
    )
    position = {name: at for at, name in enumerate(names)}
    facility = np.array([position.get(name, -1) for name in reports.place.tolist()], np.int64)
    kept = facility >= 0
    added = (facility[kept], reports.first[kept], reports.last[kept], reports.sums[kept, 1:])
    return CellCounts(*(np.concatenate(both) for both in zip(rows[:4], added, strict=True)))
