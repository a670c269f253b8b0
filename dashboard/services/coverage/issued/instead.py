"""What a release shows where it hides a value: longer periods of the same place, or all places together."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure import values as disclosed
from surveillance.coverage.estimates import Estimate
from surveillance.status import Status


@dataclass(frozen=True)
class Instead:
    """One value that is shown. `everywhere`: of all places; `label`: its period, blank for the same."""

    label: str
    everywhere: bool
    value: Estimate


def instead_of(reading: Reading, code: str | None, known: Estimate) -> tuple[Instead, ...]:
    """Shown values over longer periods and over all places, where a release hides the value of one place."""
    if known.status is not Status.HIDDEN or reading.release is None or reading.out_of_reach:
        return ()
    found = (
        Instead(label, everywhere, disclosed.one(reading.grant, counts))
        for label, everywhere, counts in reading.wider(code)
    )
    return tuple(one for one in found if one.value.status is not Status.HIDDEN)
