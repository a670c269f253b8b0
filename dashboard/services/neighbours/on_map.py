"""Counts of areas across the border in a period, for the map: sums of what was sent, and what was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.disclosure import neighbours as disclosed
from dashboard.services.neighbours.tables import name_of
from db.core.engine import Database
from db.neighbours import store
from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.status import Status
from surveillance.texts import N_

#: Steps in which counts are sent, the longer one first.
_STEPS: tuple[PeriodKind, ...] = ("month", "week")
NO_DISEASE = N_("Counts across the border are of one disease; this indicator is of several, or of none.")


@dataclass(frozen=True)
class AreaSum:
    """An area across the border in a period.

    Attributes
    ----------
    step : {"month", "week"}
        In which its counts are summed: months are not made of weeks.
    steps, known : int
        Whole steps of the period, and those whose count is shown.
    cases : int, optional
        Sum over the known steps; None where none is known.
    status : Status
        `VALUE`, `ZERO`, `UNKNOWN` where nothing was sent, `HIDDEN` where nothing is shown.
    reported : tuple of float, optional
        The least and the largest share of those who report that did.
    """

    code: str
    name: str
    latitude: float | None
    longitude: float | None
    step: PeriodKind
    steps: int
    known: int
    cases: int | None
    status: Status
    reported: tuple[float, float] | None = None
    sources: tuple[str, ...] = ()
    received: str = ""

    @property
    def whole(self) -> bool:
        """Whether every step of the period is known."""
        return self.known == self.steps


@dataclass(frozen=True)
class AcrossTheBorder:
    """What the map shows of the other side. `reason`: why nothing is shown, in words."""

    areas: tuple[AreaSum, ...] = ()
    reason: str = ""


def sent_in(
    database: Database, grant: Grant, disease: str, first: date | None, last: date | None, language: str
) -> AcrossTheBorder:
    """What was sent of each area in the whole weeks or months of a period.

    Provinces; a district where nothing was ever sent of its province. An area of which nothing was ever sent
    of this disease is left out: it does not take part.

    Parameters
    ----------
    first, last : date, optional
        The period; without one nothing is summed.
    """
    if disease not in DISEASES:
        return AcrossTheBorder(reason=NO_DISEASE)
    if reason := disclosed.reason(grant, disease):
        return AcrossTheBorder(reason=reason)
    if first is None or last is None:
        return AcrossTheBorder()
    with database.reading() as connection:
        areas, steps = store.areas(connection), store.steps_held(connection, disease)
        rows = {step: store.counts(connection, disease, step, first=first, last=last) for step in _STEPS}
    held: dict[PeriodKind, dict[str, dict[date, Mapping[str, Any]]]] = {step: {} for step in _STEPS}
    for step, every in rows.items():
        for row in every:
            held[step].setdefault(row["area"], {})[date.fromisoformat(row["starts"])] = row
    found = []
    for code, area in areas.items():
        if code not in steps or (area["level"] == "district" and area["parent"] in steps):
            continue
        sums = [
            _sum(grant, area, step, _whole(first, last, step), held[step].get(code, {}), language)
            for step in _STEPS
            if step in steps[code]
        ]
        found.append(max(sums, key=lambda one: one.known / one.steps if one.steps else -1))
    return AcrossTheBorder(tuple(found))


def _whole(first: date, last: date, step: PeriodKind) -> list[date]:
    """First days of the whole steps in a period."""
    day = first if period_first_day(first, step) == first else _next(first, step)
    found = []
    while period_last_day(day, step) <= last:
        found.append(day)
        day = _next(day, step)
    return found


def _next(day: date, step: PeriodKind) -> date:
    return period_last_day(day, step) + timedelta(days=1)


def _sum(
    grant: Grant,
    area: Mapping[str, Any],
    step: PeriodKind,
    steps: list[date],
    sent: Mapping[date, Mapping[str, Any]],
    language: str,
) -> AreaSum:
    rows = [sent[day] for day in steps if day in sent]
    told = [(row, disclosed.cases(grant, row)) for row in rows]
    shown = [(row, cases) for row, cases in told if cases is not None]
    numbers: list[int] = [number for _, number in shown]
    cases = sum(numbers) if numbers else None
    status = Status.HIDDEN if rows else Status.UNKNOWN
    if cases is not None:
        status = Status.VALUE if cases else Status.ZERO
    shares = [row["reported"] for row, _ in shown if row["reported"] is not None]
    said = {" – ".join(filter(None, (row["source"], row["licence"]))) for row, _ in shown}
    return AreaSum(
        area["code"],
        name_of(dict(area), area["code"], language),
        area["latitude"],
        area["longitude"],
        step,
        len(steps),
        len(shown),
        cases,
        status,
        (min(shares), max(shares)) if shares else None,
        tuple(sorted(filter(None, said))),
        max((row["received_at"][:10] for row, _ in shown), default=""),
    )
