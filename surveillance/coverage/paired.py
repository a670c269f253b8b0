"""The same facility in the same week of two windows, where facilities come, go or fall silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from surveillance.coverage.estimates import Counts
from surveillance.windows import Pair, slot_of


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


@dataclass(frozen=True)
class Reported:
    """One window: counts by (facility, a day of the cell), and the same of every report of any disease.

    `spread`: counts of reports over several cells: facility, a day of the first and of the last cell, counts.
    `parts`: counts of each facility by another place of its patients: (place, facility, a day of the cell).
    """

    counts: Mapping[tuple[str, date], Summed]
    reported: Iterable[tuple[str, date]]
    spread: Iterable[tuple[str, date, date, Summed]] = ()
    parts: Mapping[tuple[str, str, date], Summed] = field(default_factory=dict)


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
    >>> now = Reported({("A", date(2026, 6, 8)): Counts(True, 9, 7, 8)}, [("A", date(2026, 6, 8))])
    >>> then = Reported({("A", date(2026, 6, 1)): Counts(True, 9, 5, 8)}, [("A", date(2026, 6, 1))])
    >>> one = paired(pair, now, then).facilities["A"]
    >>> one.now.numerator, one.earlier.numerator, one.weeks
    (7, 5, 1)
    """
    number_now, number_then = slot_of(pair)
    slots_now, slots_then = _slots(now, number_now), _slots(earlier, number_then)
    both = {name: slots & slots_then.get(name, frozenset()) for name, slots in slots_now.items()}
    counted_now = _counted(now, number_now, both)
    counted_then = _counted(earlier, number_then, both)
    found = {}
    for name in sorted(set(slots_now) | set(slots_then)):
        kept = both.get(name, frozenset())
        nothing = Counts(bool(kept))
        either = slots_now.get(name, frozenset()) ^ slots_then.get(name, frozenset())
        found[name] = FacilityPair(
            nothing + counted_now.get(name, nothing),
            nothing + counted_then.get(name, nothing),
            len(kept),
            len(either),
        )
    return Paired(found, _parts(now, earlier, number_now, number_then, both, found))


Number = Callable[[date], int | None]


def _slots(window: Reported, number: Number) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, day in window.reported:
        if (slot := number(day)) is not None:
            found[name].add(slot)
    return {name: frozenset(slots) for name, slots in found.items()}


Kept = Mapping[str, frozenset[int]]


def _counted(window: Reported, number: Number, both: Kept) -> dict[str, Counts]:
    """Return the counts of each facility over its weeks (or months) that are kept."""
    found: dict[str, Counts] = {}
    for (name, day), sums in window.counts.items():
        if number(day) in both.get(name, ()):
            found[name] = found.get(name, Counts(True)) + _counts(sums)
    for name, first, last, sums in window.spread:
        begin, end = number(first), number(last)
        if begin is None or end is None:
            continue
        if set(range(begin, end + 1)) <= both.get(name, frozenset()):
            found[name] = found.get(name, Counts(True)) + _counts(sums)
    return found


def _parts(
    now: Reported,
    earlier: Reported,
    number_now: Number,
    number_then: Number,
    both: Kept,
    facilities: Mapping[str, FacilityPair],
) -> dict[str, dict[str, FacilityPair]]:
    sides: list[dict[tuple[str, str], Counts]] = []
    for window, number in ((now, number_now), (earlier, number_then)):
        side: dict[tuple[str, str], Counts] = {}
        for (place, name, day), sums in window.parts.items():
            if number(day) in both.get(name, ()):
                side[place, name] = side.get((place, name), Counts(True)) + _counts(sums)
        sides.append(side)
    found: dict[str, dict[str, FacilityPair]] = defaultdict(dict)
    for place, name in sorted({*sides[0], *sides[1]}):
        weeks = facilities[name]
        found[place][name] = FacilityPair(
            sides[0].get((place, name), Counts(True)),
            sides[1].get((place, name), Counts(True)),
            weeks.weeks,
            weeks.left_out,
        )
    return dict(found)


def _counts(sums: Summed) -> Counts:
    return Counts(True, int(sums.records), int(sums.numerator), int(sums.denominator), int(sums.unknown))
