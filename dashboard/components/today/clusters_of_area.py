"""Clusters that a first page may show: without HIV and syphilis, and of one province where one is chosen."""

from __future__ import annotations

from dataclasses import replace

from dashboard.services.clusters.watch import Watch, WatchedCluster
from geodata.provinces import PROVINCES


def shown(found: Watch, area: str | None) -> Watch:
    """What stands, without sensitive diseases; with an area the clusters whose centre lies in it."""
    clusters = found.of_interest()
    if area is not None:
        clusters = tuple(one for one in clusters if province_of(one, found) == area)
    return replace(found, clusters=clusters, gone=())


def province_of(one: WatchedCluster, found: Watch) -> str | None:
    """The province of a cluster's centre; None where that is not known."""
    if one.centre is None or one.centre in PROVINCES:
        return one.centre
    place = found.known.get(one.places, {}).get(one.centre)
    return None if place is None else place.area.province
