"""The door: undisclosed counts become values with a status, as an account may see them.

An account that is entitled to small counts is shown all that is in its scope. For every other account only
issued counts are opened: anything else is hidden, so that what was forgotten shows too little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import may_open, opened
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.coverage.estimates import Counts, Estimate, estimate
from surveillance.coverage.trend_steps import usual_step
from surveillance.epiweek import PeriodKind
from surveillance.status import Status

Key = TypeVar("Key")
HIDDEN = estimate([Counts(False, hidden=True)])[0]
#: Hidden in a release: a count is small, or would give a small one away.
FEW = replace(HIDDEN, few=True, issued=True)
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
    values = [HIDDEN if gone else one for one, gone in zip(apart(grant, counts), outside, strict=True)]
    return values, one(grant, total)


def apart(grant: Grant, counts: Undisclosed[Sequence[Counts]]) -> list[Estimate]:
    """Values of some counts, in order."""
    held = opened(counts)
    if not may_open(grant, counts):
        return [HIDDEN] * len(held)
    values = estimate(held)
    if not counts.issued:
        return values
    return [FEW if one.status is Status.HIDDEN else replace(one, issued=True) for one in values]


def one(grant: Grant, counts: Undisclosed[Counts]) -> Estimate:
    """One value by itself."""
    return apart(grant, counts.map(lambda held: [held]))[0]


def of_total(grant: Grant, counts: Undisclosed[Sequence[Counts]], known: Estimate) -> list[Estimate]:
    """Parts of a value that is shown beside them (`known`): where that is hidden, so are they.

    Issued parts were decided together with their total: they are shown beside a hidden one, too.
    """
    values = apart(grant, counts)
    hidden = known.status is Status.HIDDEN and not counts.issued
    return [known] * len(values) if hidden else values


def numbers_of(grant: Grant, counts: Undisclosed[Mapping[Key, int | None]]) -> dict[Key, int | None]:
    """Counts of people by any key; None in each where the account is not shown them."""
    told = may_open(grant, counts)
    return {key: count if told else None for key, count in opened(counts).items()}


def all_or_none(grant: Grant, box: Undisclosed[Key]) -> Key | None:
    """What holds several counts of people that belong together; None where it is not for the account."""
    return opened(box) if may_open(grant, box) else None


def step(grant: Grant, counted: Undisclosed[Mapping[date, int]], start: date, end: date) -> PeriodKind:
    """The usual step of a trend; by the year where the account is not shown what it depends on."""
    return usual_step(opened(counted), start, end) if may_open(grant, counted) else "year"


def holds(rows: Undisclosed[Mapping[tuple[str, str], object]], disease: str, axis: str) -> bool:
    """Whether a disease is shown by an axis, and stored by it: whatever is counted by it."""
    return rules.divides(disease, axis) and any(name == axis for name, _ in opened(rows))
