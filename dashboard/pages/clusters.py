"""Pages of cluster detection. They are plain pages: the server draws text, the browser only map and curve."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Flask, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboard.components.clusters import form as cluster_form
from dashboard.components.clusters import run as cluster_run
from dashboard.components.clusters import words
from dashboard.components.clusters.records import column_heads, record_rows
from dashboard.components.clusters.standing import heading, listed_run, standing
from dashboard.components.clusters.table import expected_text
from dashboard.components.controls import AXIS_NAMES
from dashboard.components.coverage.panel import GRAPH_CONFIG
from dashboard.components.moments import whole
from dashboard.components.shell import asset
from dashboard.figures.cluster_curve import Step, curve
from dashboard.figures.cluster_map import cluster_map
from dashboard.messages import Translate, translator
from dashboard.pages import progress
from dashboard.pages.cluster_layers import cluster_layers
from dashboard.pages.progress import Progress
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters import defaults
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import history as cluster_history
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import ClusterDetail, ClusterRun
from dashboard.services.imports import data_status as status_service
from dashboard.services.places.record_places import record_places
from dashboard.services.store import Database
from dashboard.web import request_context
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError, UserError
from surveillance.vocabulary import AXES

_NUMBER = re.compile(r"[0-9a-f]{12}")
_LINES = 100
#: Files that a run can be downloaded as.
_KINDS = ("csv", "xlsx", "geojson", "gpkg")


def register(server: Flask, database: Database) -> None:
    """Add the pages."""

    @server.context_processor
    def tools() -> dict[str, object]:
        return {"asset": asset, "graph_config": json.dumps(GRAPH_CONFIG), "whole": whole}

    @server.get("/clusters")
    def clusters_form() -> str:
        return _form(database, request.args.to_dict())

    @server.get("/clusters/question")
    def clusters_question() -> Response:
        return jsonify(_question(database, _given()))

    @server.post("/clusters")
    def clusters_start() -> Any:
        grant = _grant()
        given = _given()
        try:
            number = clusters.start(database, grant, cluster_form.read_form(given))
        except UserError as error:
            return _form(
                database, given, cluster_form.problem(error, translator(request_context.language()))
            ), 400
        return redirect(f"/clusters/{number}", 303)

    @server.get("/clusters/<number>")
    def clusters_run(number: str) -> str:
        return _run_page(database, number)

    @server.get("/clusters/<number>/status")
    def clusters_status(number: str) -> Response:
        t = translator(request_context.language())
        return progress.status(_progress(database, _run(database, number), t))

    @server.post("/clusters/<number>/cancel")
    def clusters_cancel(number: str) -> Response:
        return _cancel(database, number)

    @server.get("/clusters/<number>/export.<kind>")
    def clusters_export(number: str, kind: str) -> Response:
        return _export(database, number, kind)

    @server.get("/clusters/<number>/<int:rank>")
    def clusters_cluster(number: str, rank: int) -> str:
        return _cluster_page(database, _detail(database, number, rank))

    @server.get("/clusters/<number>/<int:rank>/records")
    def clusters_records(number: str, rank: int) -> str:
        return _records_page(database, number, rank)


def _grant() -> Grant:
    """Return the caller's grant, if it includes clusters. Each address asks anew."""
    grant = request_context.grant()
    grant.check(Permission.RUN_CLUSTERS)
    return grant


def _given() -> dict[str, str]:
    """What a form sent; a control that may hold several values, as one text."""
    given = request.values.to_dict()
    if several := request.values.getlist("covariates"):
        given["covariates"] = ",".join(several)
    return given


def _run(database: Database, number: str) -> ClusterRun:
    """A run of the reader's scope; what is none, or another scope's, is not found."""
    if not _NUMBER.fullmatch(number):
        _grant()
        abort(404)
    try:
        return clusters.status(database, request_context.grant(), number)
    except UsageError:
        return abort(404)


def _cancel(database: Database, number: str) -> Response:
    """Stop a run; one of another scope, which has no page here, leads back to the queue."""
    grant = request_context.grant()
    if not _NUMBER.fullmatch(number):
        abort(404)
    try:
        clusters.cancel(database, grant, number)
    except UsageError:
        abort(404)
    seen = any(run.id == number for run in clusters.listed(database, grant))
    return redirect(f"/clusters/{number}" if seen else "/clusters", 303)


def _detail(database: Database, number: str, rank: int) -> ClusterDetail:
    run = _run(database, number)
    try:
        return cluster_detail.detail(database, _grant(), run.id, rank)
    except UsageError:
        return abort(404)


def _progress(database: Database, run: ClusterRun, t: Translate) -> Progress:
    """Where a run stands; of one that waits also how many are before it."""
    ahead = cluster_history.ahead(database, _grant(), run.id) if run.status == "queued" else 0
    done, total = (run.done, run.total) if run.started_at else (None, None)
    text = standing(run, t, ahead)
    return Progress(run.path, text, done, total, stopping=run.stopping, over=run.over)


def _form(database: Database, given: dict[str, str], problem: str = "") -> str:
    grant = _grant()
    language = request_context.language()
    t = translator(language)
    status = status_service.data_status(database)
    complete = defaults.last_complete(database, grant, status.last_visit)
    if not given:
        given = {"from": cluster_form.first_period(status, t, complete)}
    asked = _question(database, given)
    if asked["problem"] and not problem:
        asked = _question(database, {}) | {"problem": asked["problem"]}
    return render_template(
        "clusters.html",
        choices=cluster_form.main_choices(status, t, defaults.offered(grant, words.VIEWS), complete),
        called=cluster_form.names(t),
        rates=[(code, t(name)) for code, name in words.RATES.items()],
        covariates=[(code, t(name)) for code, name in words.COVARIATES.items()],
        given=given,
        asked=asked,
        chosen=cluster_form.chosen(given) | asked["controls"],
        problem=problem or asked["problem"],
        left_open=cluster_form.LEFT_OPEN,
        runs=[listed_run(past, t) for past in cluster_history.history(database, grant)],
        others=[(run, t(words.STATUSES[run.status])) for run in clusters.others(database, grant)],
    )


def _question(database: Database, given: dict[str, str]) -> dict[str, Any]:
    """What the form asks, in words; what is wrong with it; and what its controls should show.

    These are texts, which the script puts into the elements of `cluster_question.html`.
    """
    grant = _grant()
    t = translator(request_context.language())
    given, switched = cluster_form.kept_places(given, defaults.offered(grant, words.VIEWS))
    try:
        query = cluster_form.read_form(given)
        query = defaults.resolved(database, grant, query)
    except UserError as error:
        off = cluster_form.off_of(given)
        problem = cluster_form.problem(error, t)
        return {"problem": problem, "asks": None, "controls": switched, "off": off}
    note = t("HIV and syphilis are looked for by province only: smaller places could harm people.")
    asks = {
        "note": note if switched else "",
        "question": words.question(query, t),
        "limits": words.limits(query, t),
    }
    state = cluster_form.state(query)
    return {"problem": "", "asks": asks, "controls": state["controls"] | switched, "off": state["off"]}


def _run_page(database: Database, number: str) -> str:
    run = _run(database, number)
    language = request_context.language()
    t = translator(language)
    title = heading(run, t)
    if not run.over:
        note = t("You may leave this page: the run goes on, and its result stays at this address.")
        back = "/clusters", t("Clusters")
        return progress.page(_progress(database, run, t), title, t("Looking for clusters"), note, back)
    if run.status != "done":
        said, again = standing(run, t), cluster_run.again(run.query)
        return render_template("cluster_ended.html", run=run, title=title, standing=said, again=again)
    found = clusters.result(database, _grant(), number)
    figure = cluster_map(cluster_layers(found.run, found.clusters, found.places, language, t))
    return render_template(
        "cluster_run.html",
        run=run,
        title=title,
        figure=figure.to_plotly_json(),
        view=cluster_run.run_view(found, language, t),
        may_export=_grant().can(Permission.EXPORT_TABLES),
    )


def _cluster_page(database: Database, found: ClusterDetail) -> str:
    language = request_context.language()
    t = translator(language)
    layers = cluster_layers(found.run, [found.cluster], found.places, language, t, near=True)
    steps = [Step(point.start, point.inside, point.outside, point.expected) for point in found.curve]
    start, end = found.cluster.start, found.cluster.end
    dates = (start, end) if start and end and found.run.query.time != "none" else None
    names = {axis: {value.code: t(value.name) for value in values} for axis, values in AXES.items()}
    return render_template(
        "cluster.html",
        run=found.run,
        title=heading(found.run, t),
        disease=t(DISEASES[found.run.query.disease].name),
        map_figure=cluster_map(layers).to_plotly_json(),
        curve_figure=curve(steps, dates, t).to_plotly_json() if steps else None,
        steps=found.curve,
        expected_text=expected_text,
        view=cluster_run.cluster_view(found, names, {a: t(n) for a, n in AXIS_NAMES.items()}, language, t),
        no_longer_held=t(cluster_detail.NO_LONGER_HELD).format(held=found.held_from)
        if found.held_from
        else "",
        withheld=found.groups_withheld,
        may_see_records=_grant().can(Permission.SEE_LINE_LIST)
        and not DISEASES[found.run.query.disease].sensitive,
    )


def _records_page(database: Database, number: str, rank: int) -> str:
    """The line list, a hundred records at a time; the service writes each view into the audit trail."""
    run = _run(database, number)
    try:
        found = cluster_detail.line_list(database, _grant(), run.id, rank)
    except UsageError:
        return abort(404)
    many = max(1, -(-len(found.rows) // _LINES))
    asked = request.args.get("page", "1")
    here = max(1, min(int(asked), many)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    language = request_context.language()
    t = translator(language)
    shown = found.rows[(here - 1) * _LINES : here * _LINES]
    return render_template(
        "cluster_records.html",
        run=run,
        rank=rank,
        title=heading(run, t),
        found=found,
        heads=column_heads(found.columns, t),
        rows=record_rows(shown, found.columns, record_places(database, _grant()), language, t),
        page=here,
        many=many,
    )


def _export(database: Database, number: str, kind: str) -> Response:
    """The result as a file."""
    grant = _grant()
    grant.check(Permission.EXPORT_TABLES)
    run = _run(database, number)
    if kind not in _KINDS or run.status != "done":
        return abort(404)
    # Loads pandas, and for maps GDAL: a worker that nobody asks for files does without.
    from dashboard.exports.files import FORMATS, render  # noqa: PLC0415
    from dashboard.services.clusters import export as cluster_exports  # noqa: PLC0415

    link = request.host_url.rstrip("/") + run.path
    held = cluster_exports.export(
        database, grant, run.id, kind, language=request_context.language(), link=link
    )
    return Response(
        render(held, kind),
        content_type=FORMATS[kind].media_type,
        headers={"Content-Disposition": f'attachment; filename="chhlang-clusters-{run.id}.{kind}"'},
    )
