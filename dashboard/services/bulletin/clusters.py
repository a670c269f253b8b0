"""Clusters unlikely to be chance, as they stand; in editions for passing on, signals in their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dashboard.permissions import Permission
from dashboard.services.alerts import known, read
from dashboard.services.bulletin.models import ClusterRow, ClustersPart, SignalRow
from dashboard.services.bulletin.source import Source
from dashboard.services.clusters.watch import Watch, WatchedCluster, locations_of, watch
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.today.signals import signals
from db.clusters import standing as standing_rounds


def clusters_of(source: Source) -> ClustersPart:
    """What the standing questions had found by the end of the day; not known where that round is not kept."""
    edition, before = source.edition, source.until
    if standing_rounds.latest(source.database, before) is None:
        return ClustersPart(known=False)
    if not edition.own:
        found = [
            SignalRow(one.disease, one.provinces, *(one.size or (None, None)))
            for one in signals(source.database, source.grant, before=before, figures=source.figures)
            if edition.province is None or edition.province in one.provinces
        ]
        return ClustersPart(True, signals=tuple(found))
    if not source.asking.can(Permission.RUN_CLUSTERS):
        return ClustersPart(known=False)
    held = watch(source.database, source.asking, audited=False, before=before)
    rows = [
        replace(_row(one, held), inside=_inside(source, one))
        for one in held.of_interest()
        if _touches(source, held, one)
    ]
    return ClustersPart(held.asked > 0, held.asked, held.answered, tuple(rows))


def _inside(source: Source, one: WatchedCluster) -> int:
    """How many cases of a cluster are in a known outbreak already."""
    if one.sensitive:
        return 0
    box = read.clusters(source.database, one.run)
    found = [each for each in disclosed.of_run(source.asking, box) if each.row["rank"] == one.rank]
    return sum(
        known.of_cluster(
            source.database, source.asking, one.disease, one.places, each.members,
            {day: n for day, n in each.cases.items() if _within(one, day)},
            before=source.until,
        )[1]
        for each in found
    )  # fmt: skip


def _within(one: WatchedCluster, day: date) -> bool:
    """Whether a unit of time lies in the days of a cluster; one without days has all of them."""
    return one.start is None or one.start <= day <= (one.end or day)


def _touches(source: Source, held: Watch, one: WatchedCluster) -> bool:
    """Whether a cluster has a place in the province of the edition."""
    province = source.edition.province
    if province is None:
        return True
    codes = locations_of(source.database, held).get((one.run, one.rank)) or {one.centre or ""}
    known = held.known.get(one.places, {})
    return any(
        code == province or (code in known and known[code].area.province == province) for code in codes
    )


def _row(one: WatchedCluster, held: Watch) -> ClusterRow:
    place = held.known.get(one.places, {}).get(one.centre or "")
    return ClusterRow(
        one.disease,
        one.places,
        one.centre or "",
        place.area.name("en") if place else one.centre or "",
        place.area.name("km") if place else one.centre or "",
        one.start,
        one.end,
        one.observed,
        one.expected,
        one.change,
    )
