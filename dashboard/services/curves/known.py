"""How many cases of a curve are in a known outbreak already, for accounts that are shown alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.curve_filters import CurveQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.periods import Period
from dashboard.services.curves import read
from dashboard.services.curves.models import Curve
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.operations.watch import outbreaks as stored
from surveillance.diseases import DISEASES


@dataclass(frozen=True)
class InOutbreaks:
    """Cases of a curve in known outbreaks, each counted once, and the names of these outbreaks."""

    inside: int
    names: tuple[str, ...]


def in_outbreaks(database: Database, grant: Grant, curve: Curve, today: date) -> InOutbreaks | None:
    """How many cases of a curve are in known outbreaks; None where none is, or the account is shown none.

    Records that are kept as sums alone are not counted: nothing is known of their days.
    """
    if curve.period is None or curve.hidden or curve.release is not None:
        return None
    return of_question(database, grant, curve.query, curve.period, today)


def of_question(
    database: Database,
    grant: Grant,
    query: CurveQuery,
    within: Period,
    today: date,
    *,
    as_of: tuple[date, str] | None = None,
) -> InOutbreaks | None:
    """As `in_outbreaks`, of the records of a question within a period.

    `as_of`: an earlier day, and the moment at which it ended (UTC, ISO): records and outbreaks as they were
    known then.
    """
    if DISEASES[query.disease].sensitive:
        return None
    before = as_of[1] if as_of else None
    held = disclosed.shown(grant, stored.listed(database, grant.scope, query.disease, before=before))
    known = [one for one in held if one.first <= within.end and (one.last or date.max) >= within.start]
    if not known:
        return None
    spans = [(one.level, one.place, one.first, one.last or date.max) for one in known]
    with reading_of(database, grant, query.coverage, today) as reading:
        box = read.in_outbreaks(reading, query, within, spans, as_of[0] if as_of else None)
    inside, each = disclosed.in_outbreaks(grant, box)
    names = tuple(one.name for one, number in zip(known, each, strict=True) if number)
    return InOutbreaks(inside, names) if names else None
