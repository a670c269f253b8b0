"""Known outbreaks beside alerts: what an event is made of, and which cases lie in one already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.alerts.places import place_of
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.ingest import facilities
from db.operations.alerts import Alert
from db.operations.watch import outbreaks as stored
from db.operations.watch.outbreaks import OF_ALERT, Outbreak
from surveillance.epiweek import TIME_ZONE


def of_alert(alert: Alert, name: str) -> dict[str, Any]:
    """The known outbreak that is made of an alert, where there is none of this name."""
    raised = alert.night or datetime.fromisoformat(alert.raised_at).astimezone(TIME_ZONE).date()
    return {
        "name": name,
        "disease": alert.disease,
        "level": alert.level,
        "place": alert.place,
        "province": alert.province,
        "district": alert.district,
        "facility": alert.facility,
        "first": alert.first_case,
        "source": OF_ALERT,
        "emerged": alert.first_case,
        "detected": raised,
    }


def holds(outbreak: Outbreak, level: str, place: str, province: str | None, district: str | None) -> bool:
    """Whether the place of an outbreak is, or holds, a place."""
    if outbreak.level == "country":
        return True
    own = {(level, place), ("province", province), ("district", district)}
    return (outbreak.level, outbreak.place) in own


def covering(
    outbreaks: Iterable[Outbreak], alert: Alert, counts: Mapping[date, int] | None = None
) -> tuple[tuple[Outbreak, ...], int]:
    """Known outbreaks that cover cases of an alert, and how many of its cases lie in any of them.

    `counts`: its cases by day, where others than those that it was last told with.
    """
    counts = (alert.last_counts or alert.counts) if counts is None else counts
    found = tuple(
        one
        for one in outbreaks
        if one.disease == alert.disease
        and holds(one, alert.level, alert.place, alert.province, alert.district)
        and any(one.first <= day <= (one.last or date.max) for day in counts)
    )
    inside = sum(
        n for day, n in counts.items() if any(one.first <= day <= (one.last or date.max) for one in found)
    )
    return found, inside


def in_outbreaks(database: Database, grant: Grant, alerts: Iterable[Alert]) -> dict[int, int]:
    """How many cases of each alert are in a known outbreak already, by its number."""
    held = disclosed.shown(grant, stored.listed(database, grant.scope))
    return {one.id: covering(held, one)[1] for one in alerts}


def ended(database: Database, grant: Grant) -> dict[int, date]:
    """The last day of each known outbreak that is over, by its number: an event is closed by its last day."""
    held = disclosed.shown(grant, stored.listed(database, grant.scope))
    return {one.id: one.last for one in held if one.last is not None}


def of_cluster(
    database: Database,
    grant: Grant,
    disease: str,
    view: str,
    members: Iterable[str],
    cases: Mapping[date, int],
    *,
    before: str | None = None,
) -> tuple[tuple[str, ...], int]:
    """Names of known outbreaks that hold cases of a cluster, and how many; nothing for who sees no alerts.

    `view`: kind of place, as `by:place`. `cases`: of the cluster, by the first day of each unit of time.
    `before`: outbreaks as they were known before a moment (UTC, ISO).
    """
    known = disclosed.shown(grant, stored.listed(database, grant.scope, disease, before=before))
    if not known:
        return (), 0
    with database.reading() as connection:
        listed = {str(item["facility_id"]): item for item in facilities.listed(connection, grant.scope)}
    level, place, where = place_of(view, frozenset(members), listed)
    found = [
        one
        for one in known
        if holds(one, level, place, where.province, where.district)
        and any(one.first <= day <= (one.last or date.max) for day, n in cases.items() if n)
    ]
    inside = sum(
        n for day, n in cases.items() if any(one.first <= day <= (one.last or date.max) for one in found)
    )
    return tuple(one.name for one in found), inside
