"""Undisclosed numbers of a cascade that no cube knows: paths through the detail of records, and times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.cubes import archived_sums, step_days
from surveillance.rates.cascade import Path, Step, along, cascade_of
from surveillance.rates.waits import SPANS, Wait, wait


def held_from(reading: Reading) -> date | None:
    """First day of which single records are held; None where all are."""
    return archived_sums.held_from(reading.connection)


def path(
    reading: Reading, asked: Path, code: str | None
) -> Undisclosed[tuple[tuple[Step, ...], tuple[Step, ...]]]:
    """Steps of a path: of everybody, and of those whom it shows apart (none where it shows nobody apart)."""
    rows = step_days.details(reading.connection, reading.grant.scope, reading.cube, code)
    everybody = cascade_of(along(asked, ((state, detail, people) for state, detail, _, people in rows)))
    apart: tuple[Step, ...] = ()
    if asked.apart:
        own = ((state, detail, people) for state, detail, sex, people in rows if sex == asked.apart)
        apart = cascade_of(along(asked, own))
    return Undisclosed((everybody, apart))


def waits(reading: Reading, code: str | None, last: date) -> Undisclosed[Sequence[Wait]]:
    """How long each step took, up to the last day of the data."""
    found = []
    for span in SPANS.values():
        rows = step_days.days(
            reading.connection, reading.grant.scope, reading.cube, span.begins, span.ends, code
        )
        found.append(wait(span, rows, last))
    return Undisclosed(tuple(found))
