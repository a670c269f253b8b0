"""Known outbreaks beside alerts: what an event is made of, and which cases lie in one already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from db.operations.alerts import Alert
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


def covering(outbreaks: Iterable[Outbreak], alert: Alert) -> tuple[tuple[Outbreak, ...], int]:
    """Known outbreaks that cover cases of an alert, and how many of its cases lie in any of them."""
    counts: Mapping[date, int] = alert.last_counts or alert.counts
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
