"""The people that an indicator is divided by, as they were imported: never guessed, never carried down."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.indicators.model import Divisor
from db.core.engine import Database
from surveillance.indicators.model import Indicator
from surveillance.texts import N_

_COUNTRY = "KH"
#: What stands in for a kind where nobody gave a figure of it for any area; the answer then names it.
INSTEAD = {"at_risk": "population"}
SAID_INSTEAD = N_(
    "No number of people at risk is known: cases are divided by all people, which makes the rate lower."
)
#: Why an area is unknown although the country is known.
NOT_BELOW = N_(
    "Below the country this is known only where somebody estimated it for the area, with an interval. The "
    "national rate is never carried down."
)


def divisors(
    database: Database, grant: Grant, indicator: Indicator, by: str, year: int
) -> tuple[dict[str, Divisor], list[str]]:
    """What each area is divided by, and what is to be said of it."""
    level = "country" if by == "country" else "province"
    found, notes = _read(database, grant, indicator.of, level, year), []
    other = INSTEAD.get(indicator.of)
    if not found and other is not None and (found := _read(database, grant, other, level, year)):
        notes.append(SAID_INSTEAD)
    if indicator.national_only:
        kept = {code: one for code, one in found.items() if code == _COUNTRY or one.limits is not None}
        if level != "country":
            notes.append(NOT_BELOW)
        found = kept
    return found, notes


def _read(database: Database, grant: Grant, kind: str, level: str, year: int) -> dict[str, Divisor]:
    try:
        read: Any = import_module("dashboard.services.denominators.read")
    except ModuleNotFoundError:  # nothing can have been imported
        return {}
    return {
        one.area: Divisor(one.kind, one.year, one.source, one.value, one.lower, one.upper)
        for one in read.denominators(database, grant, kind, year=year, level=level)
        if one.sex is None and one.age is None
    }
