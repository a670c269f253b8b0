"""Foci of malaria by what their last local case says: active, residual, cleared."""

from __future__ import annotations

from collections import Counter
from datetime import date

from dashboard.permissions import Grant
from dashboard.services.coverage.periods import Period
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.imports.data_status import data_status
from dashboard.services.indicators.model import COUNTRY, IndicatorRow, IndicatorTable
from dashboard.services.places import areas
from db.core.engine import Database
from db.cubes import archived_sums
from db.indicators.foci import last_cases
from surveillance.indicators.model import Indicator, OfFoci
from surveillance.indicators.values import HIDDEN, Value, of_cases
from surveillance.malaria.foci import months_since
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

_LONGEST = 36
JUDGED = N_("Foci are judged at the end of the period, {day}, by the villages that records name.")
SEALED = N_("Records before {day} were reduced to sums, which name no village: what lies before is unknown.")
NOT_ISSUED = N_("Of this indicator nothing is issued: your account is shown issued figures alone.")


def table(
    database: Database, grant: Grant, indicator: Indicator, by: str, last: date | None, today: date
) -> IndicatorTable:
    """How many foci are in a state at the end of a day, by the province of the village.

    Without a day, at the end of the data.
    """
    until = min(last or data_status(database).last_visit or today, today)
    listed = [area for area in areas.provinces(()) if area.code != UNKNOWN and grant.scope.holds(area.code)]
    wanted = [COUNTRY] if by == "country" else listed
    if not rules.entitled(grant):
        hidden = tuple(IndicatorRow(area, HIDDEN) for area in wanted)
        whole = IndicatorRow(COUNTRY, HIDDEN)
        return IndicatorTable(indicator, by, None, hidden, whole, ((NOT_ISSUED, {}),))
    with database.reading() as connection:
        held_from = archived_sums.held_from(connection)
        box = Undisclosed(last_cases(connection, grant.scope, until))
    days = disclosed.all_or_none(grant, box) or {}
    period, notes = Period(until, until), [(JUDGED, {"day": until})]
    if held_from is not None and months_since(held_from, until) <= _LONGEST:
        notes.append((SEALED, {"day": held_from}))
        unknown = tuple(IndicatorRow(area, Value(Status.UNKNOWN)) for area in wanted)
        return IndicatorTable(
            indicator, by, period, unknown, IndicatorRow(COUNTRY, Value(Status.UNKNOWN)), tuple(notes)
        )
    found = Counter(
        f"KH{village[:2]}" for village, day in days.items() if _is(indicator, months_since(day, until))
    )
    total = IndicatorRow(COUNTRY, _value(sum(found.values()), known=bool(days)))
    rows = tuple(IndicatorRow(area, _value(found[area.code], known=bool(days))) for area in listed)
    return IndicatorTable(indicator, by, period, (total,) if by == "country" else rows, total, tuple(notes))


def _is(indicator: Indicator, months: int) -> bool:
    counted = indicator.counted
    assert isinstance(counted, OfFoci)  # noqa: S101 - the engine asks for no other
    return months > counted.above and (counted.most is None or months <= counted.most)


def _value(count: int, *, known: bool) -> Value:
    """Where no record names a focus, how many there are is not known."""
    if not known:
        return Value(Status.UNKNOWN)
    return of_cases(Status.VALUE if count else Status.ZERO, count, 0)
