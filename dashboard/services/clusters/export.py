"""A stored run as an export: its result, the names and positions of its places, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.exports.clusters import ClusterExport, Run
from dashboard.exports.columns import CLUSTERS, MEMBERS
from dashboard.exports.inputs import Inputs
from dashboard.exports.satscan import FOLDER
from dashboard.exports.stamp import EVERY_NUMBER, Stamp
from dashboard.messages import Translate, translator
from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.across.words import across, cases_across, of_cluster
from dashboard.services.clusters.models import BaselineShift, ClusterResult
from dashboard.services.clusters.taken import scanned
from dashboard.services.clusters.taken.here import reports_here
from dashboard.services.disclosure.rules import FEWEST, WITHHELD
from dashboard.services.own_files.people import without_row
from db.core.engine import Database
from db.operations import audit
from geodata import boundaries
from surveillance.errors import NotPermittedError
from surveillance.texts import N_

#: Said on every row where places were left out.
NOT_SCANNED = N_("Cases without a place that could be scanned: {cases:,}.")
NOT_SCANNED_WITHHELD = N_("How many cases have no place that could be scanned is withheld.")


@dataclass(frozen=True)
class _Stored:
    """What exports use of a scan's result; the engine itself, and its compiler, are not loaded for it."""

    clusters: pd.DataFrame
    members: pd.DataFrame
    parameters: dict[str, Any]


def export(
    database: Database, grant: Grant, number: str, kind: str, *, language: str, link: str
) -> ClusterExport:
    """A run of this scope, to write as a file of one `kind`; audited.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters or exports; or, for SaTScan's folder, is not entitled to counts.
    UsageError
        There is no such run, it is another scope's, or it is not done.
    """
    grant.check(Permission.EXPORT_TABLES)
    taken = _scanned(database, grant, number) if kind == FOLDER else None
    found = clusters.result(database, grant, number)
    audit.record(database, grant.actor, "export", {"run": number, "format": kind})
    t = translator(language)
    areas = found.run.query.by == "province"
    of_both = across(found.parameters, reports_here(database, grant, found.run), language, t)
    return ClusterExport(
        result=_stored(found, of_both.sentences if of_both else []),  # type: ignore[arg-type]
        run=Run(
            id=found.run.id,
            made_at=datetime.fromisoformat(found.run.finished_at or found.run.made_at),
            data_version=str(found.run.data_version),
            author=found.run.author,
            link=link,
        ),
        names={code: place.area.name(language) for code, place in found.places.items()},
        positions={code: at for code, place in found.places.items() if (at := place.position)},
        polygons=_polygons() if areas else {},
        language=language,
        synthetic=store.is_demo(database),
        notes=_notes(found, language, t),
        stamp=Stamp(
            FEWEST if found.run.query.sensitive else EVERY_NUMBER,
            found.run.end or "",
            grant.role,
        ),
        attribution=f"{boundaries.ATTRIBUTION} ({boundaries.LICENSE})" if areas else "",
        inputs=taken,
    )


def _scanned(database: Database, grant: Grant, number: str) -> Inputs:
    """What a run scanned; a refusal is audited."""
    run = clusters.own(database, grant, number)
    try:
        return scanned.inputs(database, grant, run)
    except NotPermittedError as error:
        audit.record(database, grant.actor, "refused", {"run": number, "why": str(error)})
        raise


def _notes(found: ClusterResult, language: str, t: Translate) -> list[str]:
    left_out = sum(item.cases or 0 for item in found.not_scanned)
    notes = [t(NOT_SCANNED).format(cases=left_out)] if left_out else []
    if any(item.cases is None for item in found.not_scanned):  # the sum of the others would be a part
        notes = [t(NOT_SCANNED_WITHHELD)]
    if found.run.interval_note:
        notes.insert(0, t(found.run.interval_note))
    if "withheld_clusters" in found.parameters:
        notes.append(t(WITHHELD).format(clusters=found.parameters["withheld_clusters"]))
    names = {code: place.area.name(language) for code, place in found.places.items()}
    return notes + without_row(found.parameters, lambda code: names.get(code, code), t)


def _told(count: int | None) -> str:
    return f"<{FEWEST}" if count is None else str(count)


def _stored(found: ClusterResult, of_both: list[str]) -> _Stored:
    ranked = [
        {name: getattr(cluster, name) for name in _names(CLUSTERS, cluster)}
        | {"locations": list(cluster.locations)}
        for cluster in found.clusters
    ]
    members = [
        {"cluster": cluster.rank} | {name: getattr(member, name) for name in _names(MEMBERS, member)}
        for cluster in found.clusters
        for member in cluster.members
    ]
    query = found.run.query
    of = {"indicator": query.indicator} if query.indicator else {"disease": query.disease}
    used = {name: value for name, value in found.parameters.items() if name != "across"}
    asked = of | {"by": query.by, "place": query.place}
    return _Stored(
        pd.DataFrame(ranked, dtype=object),
        pd.DataFrame(members, dtype=object),
        asked | used | _to_read_it(found) | _across(found, of_both),
    )


def _across(found: ClusterResult, said: list[str]) -> dict[str, Any]:
    """Of a scan over the border what is said of it, and the cases of each side; else nothing."""
    if not said:
        return {}
    beyond, scanned = cases_across(found.parameters), found.parameters.get("cases")
    here = None if scanned is None else scanned - beyond
    return {"across_border": said, "cases_here": here, "cases_across": beyond}


def _to_read_it(found: ClusterResult) -> dict[str, Any]:
    """Beside the clusters: each place that was left out, and for each cluster what else moved."""
    left_out = {
        item.location: f"{item.reason}: {_told(item.records)} records, {_told(item.cases)} cases"
        for item in found.not_scanned
    }
    moved = {
        str(cluster.rank): "; ".join(map(_moved, cluster.warnings))
        for cluster in found.clusters
        if cluster.warnings
    }
    beyond = {str(one.rank): said for one in found.clusters if (said := of_cluster(one.locations, str))}
    named = {"not_scanned": left_out, "moved": moved, "clusters_across": beyond} | _cautions(found.parameters)
    return {name: value for name, value in named.items() if value}


def _cautions(used: Mapping[str, Any]) -> dict[str, Any]:
    """Places that the scan cannot judge, by code, and places that grew, as texts."""
    said: dict[str, Any] = {}
    if used.get("cannot_be_judged"):
        said["cannot_be_judged"] = {
            " ".join(place["locations"]): _not_judged(place) for place in used["cannot_be_judged"]
        }
    if used.get("population_shift"):
        grown = used["population_shift"]["grown"]
        listed = "not known" if grown is None else "; ".join(map(_grown, grown)) or "no place"
        said["population_shift"] = f"the period is longer than a year; a larger share of people: {listed}"
    return said


def _not_judged(place: Mapping[str, Any]) -> str:
    share = "more than the scan may take" if place["share"] is None else f"a share of {place['share']:.4f}"
    why = "above the reported size" if place["by_larger_size"] else "cannot be judged by this scan"
    said, found = f"{share}, {why}", place["watched"]
    if found is None:
        return f"{said}; in time alone nothing can be told"
    return (
        f"{said}; in time alone {found['start']} to {found['end']}: {found['observed']} observed, "
        f"{found['expected']:.2f} expected, p {found['p_value']:g}"
    )


def _grown(place: Mapping[str, Any]) -> str:
    how = "from none" if place["factor"] is None else f"times {place['factor']:.2f}"
    return f"{place['location']} {how}"


def _moved(item: BaselineShift) -> str:
    inside, outside = (
        "from none" if factor is None else f"times {factor:.2f}" for factor in (item.inside, item.outside)
    )
    outside = "too few to say" if item.outside_few else outside
    return f"{item.measure} inside {inside}, outside {outside}"


def _names(columns: tuple[Any, ...], item: object) -> list[str]:
    return [column.name for column in columns if hasattr(item, column.name)]


def _polygons() -> Mapping[str, Any]:
    features = json.loads(boundaries.content("provinces"))["features"]
    return {feature["id"]: feature["geometry"] for feature in features}
