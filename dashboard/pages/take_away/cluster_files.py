"""Files of the pages of cluster detection, at the addresses of these pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, url_for
from werkzeug.wrappers import Response

from dashboard.components import scope_words
from dashboard.components.clusters import words
from dashboard.components.clusters.legend import NOBODY
from dashboard.components.clusters.standing import heading
from dashboard.components.clusters.table import name_of
from dashboard.components.clusters.titles import Figure, title_of
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import CLUSTERS, Column
from dashboard.figures.cluster_curve import Step
from dashboard.figures.cluster_map import ClusterLayers, Ring
from dashboard.figures.svg import cluster_curve, cluster_map
from dashboard.figures.svg.sheet import Key
from dashboard.pages.clusters.layers import cluster_layers
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import Cluster, ClusterDetail, ClusterResult, ClusterRun
from dashboard.web import site
from dashboard.web.access import needs
from surveillance.errors import UsageError

pages = Blueprint("cluster_files", __name__)
_NUMBER = re.compile(r"[0-9a-f]{12}")
_CURVE = (
    Column("start", "date", "first day of the unit of time"),
    Column("inside", "count", "cases in the cluster's places"),
    Column("expected", "number", "cases expected there"),
    Column("outside", "count", "cases everywhere else"),
)


def _of_run(grant: Grant, permission: Permission, values: Mapping[str, Any]) -> None:
    """Audit the refusal of a run that exists."""
    if _NUMBER.fullmatch(values["number"]):
        clusters.check(site.database(), grant, permission, values["number"])


@pages.get("/clusters/<number>.<any(csv,xlsx,geojson,gpkg):kind>")
@needs(Permission.RUN_CLUSTERS, Permission.EXPORT_TABLES, check=_of_run)
def run_table(number: str, kind: str) -> Response:
    """The clusters of a run; the old address gives the same."""
    from dashboard.pages.clusters import export  # noqa: PLC0415 - it loads what only exports need

    answer: Response = export(number=number, kind=kind)
    return answer


@pages.get("/clusters/<number>.<any(png,svg):kind>")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def run_picture(number: str, kind: str) -> Response:
    """The map of a run; the use is audited."""
    taken, found = Taken.now(), _result(number)
    layers = cluster_layers(found.run, found.clusters, found.places, taken.language, taken.t)
    named = [
        (ring, _named(cluster, found, taken))
        for ring, cluster in zip(layers.rings, found.clusters, strict=True)
    ]
    taken.audit({"run": number, "file": "map", "format": kind})
    about = _titled(_about(found.run, taken), "run", found.run, taken)
    keys = _keys(found.run, layers, named, taken)
    return answers.picture(kind, taken, about, cluster_map.cluster_map(layers), keys, _said(found.run, taken))


def _keys(run: ClusterRun, layers: ClusterLayers, named: list[tuple[Ring, str]], taken: Taken) -> list[Key]:
    outside = [scope_words.outside(run.places, taken.t), taken.t(NOBODY) if run.nobody else ""]
    return cluster_map.keys(layers, named, taken.t, outside="; ".join(filter(None, outside)))


@pages.get("/clusters/<number>.json")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def run_sidecar(number: str) -> Response:
    """What the files of a run are."""
    taken, found = Taken.now(), _result(number)
    about = _about(found.run, taken)
    return answers.sidecar(about)


@pages.get("/clusters/<number>/<int:rank>.<any(png,svg):kind>")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def cluster_picture(number: str, rank: int, kind: str) -> Response:
    """The map of one cluster; the use is audited."""
    taken, found = Taken.now(), _detail(number, rank)
    layers = cluster_layers(found.run, [found.cluster], found.places, taken.language, taken.t, near=True)
    named = [(ring, _named(found.cluster, found, taken)) for ring in layers.rings]
    taken.audit({"run": number, "rank": rank, "file": "map", "format": kind})
    about = _titled(_about(found.run, taken, found.cluster), "places", found.run, taken)
    keys = _keys(found.run, layers, named, taken)
    said = _said(found.run, taken, found.cluster)
    return answers.picture(kind, taken, about, cluster_map.cluster_map(layers), keys, said)


@pages.get("/clusters/<number>/<int:rank>/curve.<any(png,svg):kind>")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def curve_picture(number: str, rank: int, kind: str) -> Response:
    """The epidemic curve of one cluster; the use is audited."""
    taken, found = Taken.now(), _detail(number, rank)
    cluster, steps = found.cluster, [Step(p.start, p.inside, p.outside, p.expected) for p in found.curve]
    if not steps:
        return abort(404)
    timed = found.run.query.time != "none"
    dates = (cluster.start, cluster.end) if cluster.start and cluster.end and timed else None
    taken.audit({"run": number, "rank": rank, "file": "curve", "format": kind})
    drawing, keys = cluster_curve.curve(steps, dates, taken.t), cluster_curve.keys(dates, taken.t)
    about = _titled(_about(found.run, taken, cluster, "curve"), "curve", found.run, taken)
    return answers.picture(kind, taken, about, drawing, keys, _said(found.run, taken, cluster))


@pages.get("/clusters/<number>/<int:rank>/curve.<any(csv,xlsx,json):kind>")
@needs(Permission.RUN_CLUSTERS, Permission.EXPORT_TABLES, check=_of_run)
def curve_table(number: str, rank: int, kind: str) -> Response:
    """The epidemic curve of one cluster as a table; the use is audited."""
    taken, found = Taken.now(), _detail(number, rank)
    if not found.curve:
        return abort(404)
    taken.audit({"run": number, "rank": rank, "file": "curve", "format": kind})
    rows = [
        {name: getattr(point, name) for name in ("start", "inside", "expected", "outside")}
        for point in found.curve
    ]
    about = _about(found.run, taken, found.cluster, "curve", _CURVE)
    return answers.table(kind, "curve", _CURVE, rows, about)


def _result(number: str) -> ClusterResult:
    """A finished run of the reader's scope; 404 for any other."""
    if not _NUMBER.fullmatch(number):
        abort(404)
    try:
        return clusters.result(site.database(), Taken.now().grant, number)
    except UsageError:
        return abort(404)


def _detail(number: str, rank: int) -> ClusterDetail:
    if not _NUMBER.fullmatch(number):
        abort(404)
    try:
        return cluster_detail.detail(site.database(), Taken.now().grant, number, rank)
    except UsageError:
        return abort(404)


def _named(cluster: Cluster, found: ClusterResult | ClusterDetail, taken: Taken) -> str:
    """The middle of a cluster, and its days."""
    place = (
        taken.t("the whole area")
        if cluster.centre is None
        else name_of(cluster.centre, found.places, taken.language)
    )
    return f"{place}, {cluster.start} – {cluster.end}" if cluster.start else place


def _titled(about: About, figure: Figure, run: ClusterRun, taken: Taken) -> About:
    """The same, titled by the question that a picture answers."""
    return replace(about, title=title_of(figure, run.query, taken.t))


def _said(run: ClusterRun, taken: Taken, cluster: Cluster | None = None) -> list[str]:
    said = [heading(run, taken.t), words.question(run.query, taken.t)]
    if cluster is not None:
        days = f"{cluster.start} – {cluster.end}" if cluster.start else taken.t("the whole period")
        said.insert(0, f"{taken.t('Cluster {rank}').format(rank=cluster.rank)} · {days}")
    return said


def _about(
    run: ClusterRun,
    taken: Taken,
    cluster: Cluster | None = None,
    part: str = "",
    columns: Sequence[Column] = CLUSTERS,
) -> About:
    t, rank = taken.t, "" if cluster is None else str(cluster.rank)
    path = (
        url_for("clusters.run", number=run.id) + (f"/{rank}" if rank else "") + (f"/{part}" if part else "")
    )
    kinds: tuple[str, ...] = ("csv", "xlsx", "geojson", "gpkg", "png", "svg")
    if cluster is not None:
        kinds = ("csv", "xlsx", "png", "svg") if part else ("png", "svg")
    return About(
        "-".join(filter(None, ("chhlang-clusters", run.id, rank, part))),
        heading(run, t),
        words.question(run.query, t),
        answers.address(path.removesuffix(f"/{part}") if part else path),
        taken.made_at,
        run.end or taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each cluster; cases are records") if not part else t("cases in each unit of time"),
        synthetic=taken.synthetic,
        notes=[t(run.interval_note)] if run.interval_note else [],
        columns=columns,
        files={kind: answers.address(f"{path}.{kind}") for kind in kinds},
        facts={"run": run.id, "data_version": run.data_version, "parameters": run.query.parameters()},
    )
