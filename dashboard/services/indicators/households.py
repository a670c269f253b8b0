"""Indicators of children who stayed behind, from the households that were visited."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from typing import TypeVar

from dashboard.permissions import Grant
from dashboard.services.coverage.periods import Period
from dashboard.services.disclosure import arrivals, rules
from dashboard.services.indicators.model import COUNTRY, IndicatorRow, IndicatorTable
from dashboard.services.places import areas
from dashboard.services.places.areas import UNKNOWN_AREA
from dashboard.services.reception import counts
from db.core.engine import Database
from surveillance.indicators.model import Indicator, OfHouseholds
from surveillance.indicators.values import HIDDEN, Value, of_cases, of_proportion
from surveillance.reception.steps import Place
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

NOT_ISSUED = N_("Of this indicator nothing is issued: your account is shown issued figures alone.")
NOT_A_SUBSET = N_("Where more children are named than live in the households, the share is unknown.")
_FIRST = date(2000, 1, 1)
Said = Mapping[Place, Mapping[str, int]]
Key = TypeVar("Key", bound=Hashable)


def table(
    database: Database,
    grant: Grant,
    indicator: Indicator,
    by: str,
    first: date | None,
    last: date | None,
    today: date,
) -> IndicatorTable:
    """Children of the households visited, by the province of the household.

    Without days, of all visits. Nothing of it is issued: a few children of a province can be found.
    """
    listed = [area for area in areas.provinces(()) if area.code != UNKNOWN and grant.scope.holds(area.code)]
    said = read(database, grant, first, last, today)
    if said is None:
        hidden = tuple(IndicatorRow(area, HIDDEN) for area in ([COUNTRY] if by == "country" else listed))
        return IndicatorTable(indicator, by, None, hidden, IndicatorRow(COUNTRY, HIDDEN), ((NOT_ISSUED, {}),))
    found = sums(indicator, said, lambda place: place.province_home)
    values = {code: value_of(indicator, *numbers) for code, numbers in found.items()}
    if UNKNOWN in values and grant.scope.national:
        listed = [*listed, UNKNOWN_AREA]
    whole = [sum(parts) for parts in zip(*found.values(), strict=True)] or [0, 0, 0]
    total = IndicatorRow(COUNTRY, value_of(indicator, *whole))
    nobody = Value(Status.NOT_REPORTED)
    rows = tuple(IndicatorRow(area, values.get(area.code, nobody)) for area in listed)
    days = [place.day for place in said]
    period = Period(first or min(days), last or max(days)) if days else None
    odd = any(value.status is Status.UNKNOWN for value in (*values.values(), total.value))
    notes: tuple[tuple[str, dict[str, object]], ...] = ((NOT_A_SUBSET, {}),) if odd else ()
    return IndicatorTable(indicator, by, period, (total,) if by == "country" else rows, total, notes)


def read(database: Database, grant: Grant, first: date | None, last: date | None, today: date) -> Said | None:
    """What the households of some days say; None where the account is not entitled to small counts."""
    if not rules.entitled(grant):
        return None
    box = counts.prevention(database, grant, first or _FIRST, min(last or today, today))
    said = arrivals.of_households(grant, box)
    if said is None:
        return None
    return {place: numbers for place, numbers in said.items() if place.kind == "household"}


def sums(indicator: Indicator, said: Said, key: Callable[[Place], Key]) -> dict[Key, list[int]]:
    """Numerator, denominator and households by a key of the visit."""
    counted = indicator.counted
    assert isinstance(counted, OfHouseholds)  # noqa: S101 - the engine asks for no other
    found: dict[Key, list[int]] = {}
    for place, numbers in said.items():
        held = found.setdefault(key(place), [0, 0, 0])
        held[0] += _added(numbers, counted.numerator)
        held[1] += _added(numbers, counted.denominator)
        held[2] += numbers.get("records", 0)
    return found


def value_of(indicator: Indicator, numerator: int, denominator: int, households: int) -> Value:
    """The value of some households; without one it is not reported, and nothing is known."""
    if not households:
        return Value(Status.NOT_REPORTED)
    status = Status.VALUE if numerator else Status.ZERO
    if not indicator.denominator:
        return of_cases(status, numerator, 0)
    if not denominator:
        return Value(Status.NOBODY, 0, 0, 0)
    if numerator > denominator:
        return Value(Status.UNKNOWN)
    return of_proportion(indicator, status, numerator, denominator, 0)


def _added(numbers: Mapping[str, int], names: Iterable[str]) -> int:
    return sum(numbers.get(name, 0) for name in names)
