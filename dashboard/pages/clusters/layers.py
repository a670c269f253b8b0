"""From clusters to what their map draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard.components.clusters import words
from dashboard.components.clusters.table import expected_text, name_of
from dashboard.figures.cluster_map import ClusterLayers, Ring, Spot
from dashboard.messages import Translate
from dashboard.pages.explorer.map_layers import geo_address
from dashboard.services.clusters.locations import Place
from dashboard.services.clusters.models import Cluster, ClusterRun, Member
from geodata.borders import is_across
from geodata.boundaries import province_boxes
from geodata.crossings import CROSSINGS

#: Kinds of place that lie in the provinces of the caller's account; people may come from, or cross, anywhere.
_BY_CARE = ("care", "facility", "district")


def cluster_layers(
    run: ClusterRun,
    clusters: Iterable[Cluster],
    places: Mapping[str, Place],
    language: str,
    t: Translate,
    *,
    near: bool = False,
) -> ClusterLayers:
    """What to draw of some clusters of one run; of an account's own provinces, these alone."""
    query = run.query
    shown = list(clusters)
    members = {code for cluster in shown for code in cluster.locations}
    return ClusterLayers(
        boundaries=geo_address("provinces"),
        context=geo_address("neighbours"),
        areas=query.by == "province",
        rings=[_ring(cluster, places, language, t, run) for cluster in shown],
        others=[
            spot
            for code in places
            if code not in members and code not in run.nobody and (spot := _spot(code, places, language))
        ],
        crossings=[
            Spot(c.id, c.name(language), *position)
            for c in CROSSINGS.values()
            if (position := c.position)
            and query.by != "crossing"  # scanned crossings have a sign of their own
        ],
        near=near,
        within=_within(run, places),
        boxes=province_boxes(),
    )


def _within(run: ClusterRun, places: Mapping[str, Place]) -> tuple[str, ...] | None:
    """Provinces that were scanned; None for all."""
    own = run.provinces if run.query.dimension in _BY_CARE else None
    if run.query.by != "province" or not run.nobody:
        return own
    return tuple(code for code in own or places if code not in run.nobody)


def _ring(
    cluster: Cluster,
    places: Mapping[str, Place],
    language: str,
    t: Translate,
    run: ClusterRun,
) -> Ring:
    """A cluster; of its ways those whose ends have a position."""
    ends = [tuple(_point(code, places, run) for code in way) for way in run.ways.get(str(cluster.rank), ())]
    centre = None if cluster.centre is None else places.get(cluster.centre)
    spots = (
        _spot(
            member.location,
            places,
            language,
            t("Cluster {rank}").format(rank=cluster.rank),
            _counts(member, t),
        )
        for member in cluster.members
    )
    return Ring(
        rank=cluster.rank,
        chance=words.by_chance(cluster),
        centre=None if centre is None else centre.position,
        radius_km=cluster.radius_km,
        members=[spot for spot in spots if spot is not None],
        ways=[(start, end) for start, end in ends if start is not None and end is not None],
    )


def _point(code: str, places: Mapping[str, Place], run: ClusterRun) -> tuple[float, float] | None:
    if code in places:
        return places[code].position
    held = run.way_points.get(code)
    return None if held is None else (held[0], held[1])


def _counts(member: Member, t: Translate) -> str:
    if member.observed is None or member.expected is None:
        return t("withheld")
    text = t("observed {observed:,}, expected {expected}")
    return text.format(observed=member.observed, expected=expected_text(member.expected))


def _spot(code: str, places: Mapping[str, Place], language: str, *said: str) -> Spot | None:
    place = places.get(code)
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return Spot(
        code, name_of(code, places, language), place.latitude, place.longitude, said, across=is_across(code)
    )
