"""Whether facilities of a cluster's places reported in its days: silence makes clusters, and hides them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters.watch import Watch, locations_of
from dashboard.services.imports.data_status import data_status
from dashboard.services.reporting.presence import Came, kept_presence
from db.core.engine import Database

#: Kinds of place, as `by:place`, whose facilities send its records, and their column in the facility list.
_OWN = {"facility:care": "facility_id", "province:care": "province"}


@dataclass(frozen=True)
class Asked:
    """A cluster: its kind of place, its places, and its days."""

    view: str
    places: Collection[str]
    start: date | None
    end: date | None


def reports_of(database: Database, grant: Grant, asked: Sequence[Asked]) -> list[tuple[int, int] | None]:
    """Reports that came and that were due from the places of each cluster, in its days.

    None where nothing was due, where the account is not told who reported, or where places owe no report:
    homes, places of infection and crossings.
    """
    days = [
        (one.start, one.end)
        for one in asked
        if one.view in _OWN and one.start is not None and one.end is not None
    ]
    if not days or not grant.can(Permission.SEE_REPORTING):
        return [None] * len(asked)
    first, last = min(start for start, _ in days), max(end for _, end in days)
    ends = data_status(database).last_visit
    today = today_in_cambodia()
    on = today if ends is None else min(today, ends + timedelta(days=1))
    with database.reading() as connection:
        judged = kept_presence(database, grant, connection, first, last, on)
    found: list[tuple[int, int] | None] = []
    for one in asked:
        if one.view not in _OWN or one.start is None or one.end is None:
            found.append(None)
            continue
        column, places = _OWN[one.view], frozenset(one.places)
        own = np.array([row[column] in places for row in judged.facilities], bool)
        found.append(Came(judged, own).within(one.start, one.end) if own.any() else None)
    return found


def of_watch(database: Database, grant: Grant, found: Watch) -> dict[tuple[str, int], tuple[int, int]]:
    """The same of every cluster that stands, by its run and rank."""
    held = locations_of(database, found) if found.clusters else {}
    asked = [
        Asked(item.places, held.get((item.run, item.rank), frozenset()), item.start, item.end)
        for item in found.clusters
    ]
    told = reports_of(database, grant, asked)
    return {
        (item.run, item.rank): counts
        for item, counts in zip(found.clusters, told, strict=True)
        if counts is not None
    }
