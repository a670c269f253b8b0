"""The door: undisclosed counts become values with a status, as an account may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.small_counts import (
    Numbers,
    hidden_parts,
    is_few,
    of_unknown,
    of_value,
)
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.coverage.estimates import Counts, Estimate, estimate
from surveillance.coverage.trend_steps import usual_step
from surveillance.epiweek import PeriodKind
from surveillance.status import Status

Key = TypeVar("Key")
HIDDEN = estimate([Counts(False, hidden=True)])[0]
#: Hidden since a count is small.
FEW = replace(HIDDEN, few=True)
#: Nothing is recorded, and no facility reported.
NOTHING = estimate([Counts(False)])[0]


def parts(
    grant: Grant,
    counts: Undisclosed[Sequence[Counts]],
    total: Undisclosed[Counts],
    outside: Sequence[bool],
) -> tuple[list[Estimate], Estimate]:
    """The parts of a total, and the total, which are shown together.

    `outside`: parts that are hidden from the account whatever they hold; the total is without them.
    """
    whole = opened(total)
    shown = [
        replace(one, hidden=True) if gone else one for one, gone in zip(opened(counts), outside, strict=True)
    ]
    *values, together = estimate([*shown, whole])
    fewest = rules.fewest_told(grant)
    if fewest == 1:
        return values, together
    together = _single(together, whole, fewest)
    return _without_few(values, shown, together, fewest), together


def _without_few(
    values: list[Estimate], counts: Sequence[Counts], together: Estimate, fewest: int
) -> list[Estimate]:
    """Values without what is few, and without what would give it away beside the total."""
    within = [number for number, one in enumerate(counts) if not one.hidden]
    found, held = list(values), [counts[number] for number in within]
    value, unknown_of = [of_value(one) for one in held], [of_unknown(one) for one in held]
    gone = hidden_parts(
        value,
        fewest,
        beside_total=together.denominator is not None,
        rest=_rest((together.numerator, _others(together)), value),
    )
    unknown = hidden_parts(
        unknown_of,
        fewest,
        beside_total=together.unknown is not None,
        already=gone,
        rest=_rest((together.unknown,), unknown_of),
    )
    for number, hidden, partly in zip(within, gone, unknown, strict=True):
        found[number] = FEW if hidden else without_unknown(found[number]) if partly else found[number]
    return found


def _others(value: Estimate) -> int | None:
    if value.denominator is None or value.numerator is None:
        return None
    return value.denominator - value.numerator


def _rest(total: tuple[int | None, ...], held: Sequence[Numbers]) -> Numbers:
    """What a total holds and no part does; nothing where the total is hidden."""
    sums = [sum(column) for column in zip(*held, strict=True)] if held else [0] * len(total)
    return tuple(0 if whole is None else whole - own for whole, own in zip(total, sums, strict=True))


def _single(value: Estimate, counts: Counts, fewest: int) -> Estimate:
    """One value without what is few in it."""
    if is_few(of_value(counts), fewest):
        return FEW
    return without_unknown(value) if is_few(of_unknown(counts), fewest) else value


def without_unknown(value: Estimate) -> Estimate:
    """A value that does not tell how many are unknown."""
    return replace(value, unknown=None, few=True)


def apart(
    grant: Grant, counts: Undisclosed[Sequence[Counts]], known: Estimate | None = None
) -> list[Estimate]:
    """Values that are parts of nothing that is shown beside them. `known`: a value that is one of them."""
    held, fewest = opened(counts), rules.fewest_told(grant)
    values = [_single(value, one, fewest) for value, one in zip(estimate(held), held, strict=True)]
    return values if known is None or fewest == 1 else _as_known(values, known)


def one(grant: Grant, counts: Undisclosed[Counts]) -> Estimate:
    """One value by itself."""
    return apart(grant, counts.map(lambda held: [held]))[0]


def of_total(grant: Grant, counts: Undisclosed[Sequence[Counts]], known: Estimate) -> list[Estimate]:
    """Parts of a value that is shown beside them (`known`): where that is hidden, so are they."""
    held, fewest = opened(counts), rules.fewest_told(grant)
    if known.status is Status.HIDDEN:
        return [known] * len(held)
    values = estimate(held)
    if fewest == 1:
        return values
    return _as_known(_without_few(values, held, known, fewest), known)


def _as_known(values: list[Estimate], known: Estimate) -> list[Estimate]:
    """Values without the unknown, where those of `known` are hidden: they would add up to it."""
    if known.unknown is not None:
        return values
    return [
        value if value.few and value.status is Status.HIDDEN else without_unknown(value) for value in values
    ]


def numbers_of(grant: Grant, counts: Undisclosed[Mapping[Key, int]]) -> dict[Key, int | None]:
    """Counts of people by any key; None where there are few."""
    fewest = rules.fewest_told(grant)
    return {key: None if rules.few(count, fewest) else count for key, count in opened(counts).items()}


def all_or_none(grant: Grant, box: Undisclosed[Key], numbers: Callable[[Key], Sequence[int]]) -> Key | None:
    """What holds several counts of people that belong together; None where one of them is small."""
    held = opened(box)
    return None if is_few(tuple(numbers(held)), rules.fewest_told(grant)) else held


def step(counted: Undisclosed[Mapping[date, int]], start: date, end: date) -> PeriodKind:
    """The usual step of a trend: it depends on how many people there are, and tells none of the numbers."""
    return usual_step(opened(counted), start, end)


def holds(rows: Undisclosed[Mapping[tuple[str, str], object]], axis: str) -> bool:
    """Whether an axis is stored: whatever is counted by it."""
    return any(name == axis for name, _ in opened(rows))
