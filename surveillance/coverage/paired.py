"""The same facility in the same week of two windows, where facilities come, go or fall silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from surveillance.coverage.estimates import Counts
from surveillance.epiweek import day_number
from surveillance.windows import Pair, slots_of


class Summed(Protocol):
    """Sums of a measure, as the cubes have them."""

    @property
    def records(self) -> int:
        """Return the records of any kind."""

    @property
    def numerator(self) -> int:
        """Return the persons of the numerator."""

    @property
    def denominator(self) -> int:
        """Return the persons of the denominator."""

    @property
    def unknown(self) -> int:
        """Return the persons whose answer is not known."""


_Numbers = NDArray[np.int64]
_NONE = np.empty(0, np.int64)


class CellCounts(NamedTuple):
    """Counts of cells of time, column by column; rows of the same cell are added.

    `facility`, `place`: positions in the lists of :class:`Reported`. `first`, `last`: days of the first and
    of the last cell, since 1970-01-01. `sums`: records, numerator, denominator, unknown; one row each.
    """

    facility: _Numbers = _NONE
    first: _Numbers = _NONE
    last: _Numbers = _NONE
    sums: _Numbers = np.empty((0, 4), np.int64)
    place: _Numbers = _NONE


_NO_CELLS = CellCounts()


@dataclass(frozen=True)
class Reported:
    """One window, column by column.

    Attributes
    ----------
    facilities : sequence of str
        Each named once.
    facility, day : array of int, shape (reports,)
        Position in `facilities` and a day of the cell (since 1970-01-01): a report of any disease.
    counts : CellCounts
        Counts of facilities; a report over several cells has its first and its last.
    parts : CellCounts
        The same by another place of the patients: one of `places`. Each lies in one cell.
    """

    facilities: Sequence[str]
    facility: _Numbers
    day: _Numbers
    counts: CellCounts
    places: Sequence[str] = ()
    parts: CellCounts = _NO_CELLS

    @classmethod
    def of(
        cls,
        counts: Mapping[tuple[str, date], Summed],
        reported: Iterable[tuple[str, date]],
        spread: Iterable[tuple[str, date, date, Summed]] = (),
        parts: Mapping[tuple[str, str, date], Summed] | None = None,
    ) -> Reported:
        """Make one of mappings.

        Parameters
        ----------
        counts : mapping
            (facility, a day of the cell) -> sums.
        reported : iterable
            Facility and a day of the cell, for each report of any disease.
        spread : iterable
            Reports over several cells: facility, a day of the first cell, a day of the last, sums.
        parts : mapping, optional
            (place, facility, a day of the cell) -> sums.

        Returns
        -------
        Reported
        """
        told, several, parts = list(reported), list(spread), parts or {}
        rows = [(name, day, day, sums) for (name, day), sums in counts.items()] + several
        names = sorted({name for name, _ in told} | {row[0] for row in rows} | {key[1] for key in parts})
        places = sorted({place for place, _, _ in parts})
        position = {name: number for number, name in enumerate(names)}
        spot = {name: number for number, name in enumerate(places)}
        return cls(
            names,
            _whole(position[name] for name, _ in told),
            _whole(day_number(day) for _, day in told),
            CellCounts(
                _whole(position[row[0]] for row in rows),
                _whole(day_number(row[1]) for row in rows),
                _whole(day_number(row[2]) for row in rows),
                _sums(row[3] for row in rows),
            ),
            places,
            CellCounts(
                _whole(position[name] for _, name, _ in parts),
                _whole(day_number(day) for _, _, day in parts),
                _whole(day_number(day) for _, _, day in parts),
                _sums(parts.values()),
                _whole(spot[place] for place, _, _ in parts),
            ),
        )


def _whole(numbers: Iterable[int]) -> _Numbers:
    return np.array(list(numbers), np.int64)


def _sums(sums: Iterable[Summed]) -> _Numbers:
    rows = [(int(one.records), int(one.numerator), int(one.denominator), int(one.unknown)) for one in sums]
    return np.array(rows, np.int64).reshape(-1, 4)


@dataclass(frozen=True)
class FacilityPair:
    """One facility in both windows, over the weeks (or months) in which it reported in both.

    `left_out`: weeks (or months) in which it reported in one window only.
    """

    now: Counts
    earlier: Counts
    weeks: int
    left_out: int


@dataclass(frozen=True)
class Paired:
    """Every facility that reported in either window.

    `parts`: the same weeks of each facility, by a place of its patients: place -> facility -> pair. They hold
    no facility without a count.
    """

    facilities: Mapping[str, FacilityPair] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, FacilityPair]] = field(default_factory=dict)

    @property
    def weeks(self) -> int:
        """Facility-weeks (or facility-months) that are compared."""
        return sum(one.weeks for one in self.facilities.values())

    @property
    def left_out(self) -> int:
        """Facility-weeks (or facility-months) with a report in one window only."""
        return sum(one.left_out for one in self.facilities.values())

    def by(self, place_of: Callable[[str], str | None]) -> dict[str, FacilityPair]:
        """Sum the facilities of each place; a facility without a place is left out."""
        found: dict[str, FacilityPair] = {}
        for name, one in self.facilities.items():
            if (place := place_of(name)) is None:
                continue
            held = found.get(place, _NOTHING)
            found[place] = FacilityPair(
                held.now + one.now,
                held.earlier + one.earlier,
                held.weeks + one.weeks,
                held.left_out + one.left_out,
            )
        return found

    def by_part(self) -> dict[str, FacilityPair]:
        """Sum each place of the patients, over the paired weeks of every facility.

        A facility that reported, and named no patient of a place, counts as having none: the weeks of every
        place are those of all facilities.
        """
        found = {}
        for place, facilities in self.parts.items():
            now = sum((one.now for one in facilities.values()), Counts(bool(self.weeks)))
            earlier = sum((one.earlier for one in facilities.values()), Counts(bool(self.weeks)))
            found[place] = FacilityPair(now, earlier, self.weeks, self.left_out)
        return found


_NOTHING = FacilityPair(Counts(False), Counts(False), 0, 0)


def paired(pair: Pair, now: Reported, earlier: Reported) -> Paired:
    """Pair each facility with itself: counts of the weeks (or months) in which it reported in both windows.

    Parameters
    ----------
    pair : Pair
        The two windows.
    now, earlier : Reported
        What was counted in them. A report over several cells counts where it reported in both windows in each
        of their weeks (or months).

    Returns
    -------
    Paired
        A pair for every facility that reported in either window.

    Notes
    -----
    Without pairing, a facility that reports now and was silent then changes who is compared, not the care.

    Examples
    --------
    >>> from surveillance.windows import Window, compared
    >>> pair = compared(Window(date(2026, 6, 8), date(2026, 6, 14)), "before")
    >>> now = Reported.of({("A", date(2026, 6, 8)): Counts(True, 9, 7, 8)}, [("A", date(2026, 6, 8))])
    >>> then = Reported.of({("A", date(2026, 6, 1)): Counts(True, 9, 5, 8)}, [("A", date(2026, 6, 1))])
    >>> one = paired(pair, now, then).facilities["A"]
    >>> one.now.numerator, one.earlier.numerator, one.weeks
    (7, 5, 1)
    """
    names = sorted({*now.facilities, *earlier.facilities})
    slot_now, slot_then = slots_of(pair)
    slots = 1 + max(
        int(number(_whole([day_number(window.last)]))[0])
        for number, window in ((slot_now, pair.now), (slot_then, pair.earlier))
    )
    sides = [_Side.of(window, names, slot, slots) for window, slot in ((now, slot_now), (earlier, slot_then))]
    both, either = sides[0].told & sides[1].told, sides[0].told ^ sides[1].told
    weeks, left_out = both.sum(axis=1).tolist(), either.sum(axis=1).tolist()
    counted = [side.counted(both).tolist() for side in sides]
    found = {
        name: FacilityPair(
            _counts(kept > 0, counted[0][number]), _counts(kept > 0, counted[1][number]), kept, alone
        )
        for number, (name, kept, alone) in enumerate(zip(names, weeks, left_out, strict=True))
        if kept or alone
    }
    return Paired(found, _parts(now, earlier, sides, both, found))


def _counts(reported: bool, sums: Sequence[int]) -> Counts:
    """Make the counts of a facility; most have none of a disease, and share theirs."""
    records, numerator, denominator, unknown = sums
    return Counts(reported, records, numerator, denominator, unknown) if any(sums) else _ZEROS[reported]


_ZEROS = (Counts(False), Counts(True))
Slots = Callable[[_Numbers], _Numbers]


class _Side(NamedTuple):
    """One window by the facilities of both and the numbers of its weeks (or months).

    `told`: facility x week, whether it reported. `position`: of its own facilities among those of both.
    """

    window: Reported
    position: _Numbers
    slot: Slots
    told: NDArray[np.bool_]

    @classmethod
    def of(cls, window: Reported, names: Sequence[str], slot: Slots, slots: int) -> _Side:
        among = {name: number for number, name in enumerate(names)}
        position = _whole(among[name] for name in window.facilities)
        told = np.zeros((len(names), slots), bool)
        week = slot(window.day)
        inside = week >= 0
        told[position[window.facility[inside]], week[inside]] = True
        return cls(window, position, slot, told)

    def counted(self, both: NDArray[np.bool_]) -> _Numbers:
        """Return the sums of each facility over its weeks (or months) that are kept."""
        cells = self.window.counts
        facility, kept = self.position[cells.facility], self._kept(cells, both)
        found = np.zeros((len(both), 4), np.int64)
        np.add.at(found, facility[kept], cells.sums[kept])
        return found

    def of_parts(self, both: NDArray[np.bool_]) -> tuple[_Numbers, _Numbers, _Numbers]:
        """Return place, facility and sums of the rows of `parts` in weeks (or months) that are kept."""
        cells = self.window.parts
        kept = self._kept(cells, both)
        return cells.place[kept], self.position[cells.facility[kept]], cells.sums[kept]

    def _kept(self, cells: CellCounts, both: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether a facility reported in both windows in every week (or month) of a row."""
        facility, first, last = self.position[cells.facility], self.slot(cells.first), self.slot(cells.last)
        kept: NDArray[np.bool_] = (first >= 0) & (last >= 0)
        kept[kept] = both[facility[kept], first[kept]]
        for row in np.flatnonzero(kept & (first != last)):
            kept[row] = both[facility[row], first[row] : last[row] + 1].all()
        return kept


def _parts(
    now: Reported,
    earlier: Reported,
    sides: Sequence[_Side],
    both: NDArray[np.bool_],
    facilities: Mapping[str, FacilityPair],
) -> dict[str, dict[str, FacilityPair]]:
    places = sorted({*now.places, *earlier.places})
    if not places:
        return {}
    names = sorted({*now.facilities, *earlier.facilities})
    spot = {place: number for number, place in enumerate(places)}
    keys, rows = [], []
    for side in sides:
        place, facility, sums = side.of_parts(both)
        keys.append(_whole(spot[one] for one in side.window.places)[place] * len(names) + facility)
        rows.append(sums)
    every, position = np.unique(np.concatenate(keys), return_inverse=True)
    counted = np.zeros((2, len(every), 4), np.int64)
    for number, sums in enumerate(rows):
        part = position[: len(keys[0])] if number == 0 else position[len(keys[0]) :]
        np.add.at(counted[number], part, sums)
    found: dict[str, dict[str, FacilityPair]] = defaultdict(dict)
    for key, after, before in zip(every.tolist(), *counted.tolist(), strict=True):
        place, name = places[key // len(names)], names[key % len(names)]
        weeks = facilities[name]
        found[place][name] = FacilityPair(
            Counts(True, *after), Counts(True, *before), weeks.weeks, weeks.left_out
        )
    return dict(found)
