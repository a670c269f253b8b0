"""What the signs on a map of clusters mean: every one that it may draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components import scope_words
from dashboard.components.clusters.table import ClusterRow
from dashboard.figures.cluster_map import FAINT, PLAIN, UNSCANNED
from dashboard.messages import Translate
from dashboard.services.clusters.models import ClusterRun
from surveillance.texts import N_

NOBODY = N_("not scanned: nobody was counted")


@dataclass(frozen=True)
class Sign:
    """`kind`: class of the sign in the page's style sheet; `colour`: what it is filled or drawn with."""

    kind: str
    colour: str
    text: str


def signs(run: ClusterRun, rows: Sequence[ClusterRow], t: Translate) -> list[Sign]:
    """The signs of one run's map, clusters of chance only where there are any."""
    areas = run.query.by == "province"
    first = next((row.colour for row in rows if not row.chance), None)
    chance = any(row.chance for row in rows)
    found: list[Sign] = []
    if first:
        found.append(
            Sign("swatch filled", first, t("province of a cluster, in the cluster's colour"))
            if areas
            else Sign("dot member", first, t("place of a cluster, in the cluster's colour"))
        )
    if chance:
        found.append(
            Sign("swatch maybe", FAINT, t("province of a cluster that may well be chance"))
            if areas
            else Sign("dot maybe", FAINT, t("place of a cluster that may well be chance"))
        )
    if rows and run.ways:
        found.append(Sign("dot route", first or FAINT, t("line: the way along which a cluster grew")))
    elif rows and not run.query.purely_temporal:
        found.append(Sign("dot reach", first or FAINT, t("circle: how far a cluster reaches")))
    if areas:
        found.append(Sign("swatch", PLAIN, t("province in no cluster")))
    else:
        found.append(Sign("dot other", FAINT, t("scanned, in no cluster")))
    if run.query.with_neighbours:
        found.append(Sign("point across", "", t("area across the border; filled: in a cluster")))
    if run.query.by != "crossing":
        found.append(Sign("point approximate", "", t("crossing")))
    if run.query.by == "facility":
        found.append(Sign("dot both", "", t("both: a facility at a crossing")))
    if run.nobody and areas:
        found.append(Sign("swatch unscanned", UNSCANNED, t(NOBODY)))
    if run.provinces is not None:
        found.append(
            Sign(
                "swatch unscanned",
                UNSCANNED,
                t("not scanned: {outside}").format(outside=scope_words.outside(run.places, t)),
            )
        )
    return found
