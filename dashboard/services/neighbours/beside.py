"""Counts of areas across the border in time, beside our own and never among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.disclosure import neighbours as disclosed
from dashboard.services.neighbours.tables import name_of
from db.core.engine import Database
from db.neighbours import store
from surveillance.epiweek import PeriodKind
from surveillance.status import Status

#: Steps in which counts are sent; longer ones would be sums of what is not all known.
STEPS = ("week", "month")


@dataclass(frozen=True)
class SentCount:
    """What a neighbour sent of one step. `cases`: None where `status` says why; `reported`: share, 0 to 1."""

    starts: date
    cases: int | None
    status: Status
    reported: float | None = None
    source: str = ""
    licence: str = ""
    published: bool = False
    #: The day on which the file came.
    received: str = ""


@dataclass(frozen=True)
class Beside:
    """An area across the border and its counts, one for each step that is asked for."""

    code: str
    name: str
    level: str
    step: PeriodKind
    counts: tuple[SentCount, ...]

    @property
    def known(self) -> list[SentCount]:
        """Steps of which something was sent."""
        return [one for one in self.counts if one.status is not Status.UNKNOWN]

    @property
    def sources(self) -> list[str]:
        """Who sent them, with the terms, each once."""
        said = (" – ".join(filter(None, (one.source, one.licence))) for one in self.known)
        return sorted({text for text in said if text})

    @property
    def received(self) -> str:
        """The day of the newest file among them; blank where there is none."""
        return max((one.received for one in self.known), default="")


def offered(database: Database, grant: Grant, disease: str, language: str) -> list[tuple[str, str]]:
    """Areas that have counts of a disease, by code and name, as far as the account may see any."""
    if disclosed.reason(grant, disease):
        return []
    with database.reading() as connection:
        held, named = store.steps_held(connection, disease), store.areas(connection)
    return [(code, f"{name_of(named.get(code), code, language)} ({code})") for code in held]


def beside(
    database: Database,
    grant: Grant,
    disease: str,
    step: PeriodKind,
    starts: Sequence[date],
    codes: Iterable[str],
    language: str,
) -> list[Beside]:
    """Counts of some areas in some steps; a step of which nothing was sent is unknown, not zero.

    Parameters
    ----------
    step : str
        Only weeks and months are sent; of others every step is unknown.
    starts : sequence of date
        First days of the steps.
    """
    wanted = list(dict.fromkeys(codes))
    if not starts or not wanted or disclosed.reason(grant, disease):
        return []
    with database.reading() as connection:
        named = store.areas(connection)
        rows = store.counts(
            connection, disease, step, first=min(starts), last=max(starts), only=wanted
        )  # fmt: skip
    by_step = {(row["area"], row["starts"]): row for row in rows}
    return [
        Beside(
            code,
            name_of(named[code], code, language),
            named[code]["level"],
            step,
            tuple(_sent(grant, day, by_step.get((code, day.isoformat()))) for day in starts),
        )
        for code in wanted
        if code in named
    ]


def _sent(grant: Grant, day: date, row: dict[str, Any] | None) -> SentCount:
    if row is None:
        return SentCount(day, None, Status.UNKNOWN)
    cases = disclosed.cases(grant, row)
    status = Status.HIDDEN if cases is None else Status.VALUE if cases else Status.ZERO
    return SentCount(
        day,
        cases,
        status,
        row["reported"],
        row["source"],
        row["licence"],
        bool(row["published"]),
        row["received_at"][:10],
    )
