"""Facilities paired with themselves, cell by cell of a dictionary: the oracle of `coverage.paired`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from surveillance.coverage.estimates import Counts
from surveillance.coverage.paired import FacilityPair, Paired, Summed
from surveillance.windows import Pair
from surveillance.windows import Window as Days


@dataclass(frozen=True)
class Window:
    """Counts by (facility, a day of the cell), and reports of any disease by the same.

    `spread`: reports over several cells; `parts`: counts by (place, facility, a day of the cell).
    """

    counts: Mapping[tuple[str, date], Summed]
    reported: Iterable[tuple[str, date]]
    spread: Iterable[tuple[str, date, date, Summed]] = ()
    parts: Mapping[tuple[str, str, date], Summed] = field(default_factory=dict)


def paired(pair: Pair, now: Window, earlier: Window) -> Paired:
    """Pair each facility with itself."""
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


def _slots(window: Window, number: Number) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, day in window.reported:
        if (slot := number(day)) is not None:
            found[name].add(slot)
    return {name: frozenset(slots) for name, slots in found.items()}


Kept = Mapping[str, frozenset[int]]


def _counted(window: Window, number: Number, both: Kept) -> dict[str, Counts]:
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
    now: Window,
    earlier: Window,
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


def slot_of(pair: Pair) -> tuple[Number, Number]:
    """Number the weeks (or months) of two windows, a day at a time."""

    def numbering(window: Days) -> Number:
        def number(day: date) -> int | None:
            if not window.first <= day <= window.last:
                return None
            if pair.unit == "month":
                return 12 * (day.year - window.first.year) + day.month - window.first.month
            return (day - window.first).days // 7

        return number

    return numbering(pair.now), numbering(pair.earlier)
