"""Pages of cluster detection. They are plain pages: the server draws text, the browser only map and curve."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import with_question
from dashboard.components.alerts import outbreak_words
from dashboard.components.clusters import form as cluster_form
from dashboard.components.clusters import run as cluster_run
from dashboard.components.clusters import watched, words
from dashboard.components.clusters.records import column_heads, record_rows
from dashboard.components.clusters.standing import heading, listed_run, standing
from dashboard.components.clusters.table import expected_text, few_reports
from dashboard.components.clusters.titles import title_of
from dashboard.components.controls import AXIS_NAMES, remote_choice
from dashboard.figures.cluster_curve import Step, curve
from dashboard.figures.cluster_map import cluster_map
from dashboard.messages import Translate, translator
from dashboard.pages import progress
from dashboard.pages.clusters.layers import cluster_layers
from dashboard.pages.progress import ProgressPage
from dashboard.permissions import Grant, Permission
from dashboard.services import line_lists
from dashboard.services.alerts import known as known_outbreaks
from dashboard.services.clusters import defaults
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import history as cluster_history
from dashboard.services.clusters import reports as cluster_reports
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters import watch as cluster_watch
from dashboard.services.clusters.across import asked as across
from dashboard.services.clusters.models import Cluster, ClusterDetail, ClusterRun
from dashboard.services.clusters.reports import Asked
from dashboard.services.clusters.shares import asked as shares_asked
from dashboard.services.clusters.taken.here import reports_here
from dashboard.services.places.record_places import record_places
from dashboard.web import request_context, sessions
from dashboard.web.access import needs, needs_one_of
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError, UserError
from surveillance.vocabulary import AXES, shown_values

_NUMBER = re.compile(r"[0-9a-f]{12}")
_LINES = 100
#: Files that a run can be downloaded as.
_KINDS = ("csv", "xlsx", "geojson", "gpkg", "zip")


pages = Blueprint("clusters", __name__)


def _of_run(grant: Grant, permission: Permission, values: Mapping[str, Any]) -> None:
    """Audit the refusal of a run that exists."""
    if _NUMBER.fullmatch(values["number"]):
        clusters.check(database(), grant, permission, values["number"])


@pages.get("/clusters")
@needs(Permission.RUN_CLUSTERS)
def form() -> str:
    """The form, and earlier runs."""
    return _form(request.args.to_dict())


@pages.get("/clusters/standing")
@needs(Permission.RUN_CLUSTERS)
def standing_list() -> str:
    """Clusters of the questions that ask themselves, over all diseases and places."""
    language = request_context.language()
    found = cluster_watch.watch(database(), grant())
    t = translator(language)
    came = cluster_reports.of_watch(database(), grant(), found)
    view = watched.watch_view(found, language, t, looks=settings().standing_scans, reports=came)
    return render_template("clusters_standing.html", view=view)


@pages.get("/clusters/question")
@needs(Permission.RUN_CLUSTERS)
def question() -> Response:
    """What the form asks, for its script."""
    return jsonify(_question(_given()))


@pages.post("/clusters")
@needs(Permission.RUN_CLUSTERS)
def start() -> Any:
    """Start a run, and lead to its page."""
    given = _given()
    try:
        number = clusters.start(database(), grant(), cluster_form.read_form(given))
    except UserError as error:
        return _form(given, cluster_form.problem(error, translator(request_context.language()))), 400
    return redirect(url_for(".run", number=number), 303)


@pages.get("/clusters/<number>")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def run(number: str) -> str:
    """A run: how far it is, or its result."""
    return _run_page(_run(number))


@pages.get("/clusters/<number>/status")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def status(number: str) -> Response:
    """How far a run is, for the page's script."""
    return progress.status(_progress(_run(number), translator(request_context.language())))


@pages.post("/clusters/<number>/cancel")
@needs_one_of(Permission.RUN_CLUSTERS, Permission.MANAGE_ACCOUNTS, check=_of_run)
def cancel(number: str) -> Response:
    """Stop a run; one of another scope, which has no page here, leads back to the queue."""
    if not _NUMBER.fullmatch(number):
        abort(404)
    try:
        clusters.cancel(database(), grant(), number)
    except UsageError:
        abort(404)
    seen = any(run.id == number for run in clusters.listed(database(), grant()))
    return redirect(url_for(".run", number=number) if seen else url_for(".form"), 303)


@pages.get("/clusters/<number>/export.<kind>")
@needs(Permission.RUN_CLUSTERS, Permission.EXPORT_TABLES)
def export(number: str, kind: str) -> Response:
    """The result as a file."""
    run = _run(number)
    if kind not in _KINDS or run.status != "done":
        return abort(404)
    # Loads pandas, and for maps GDAL: only when a file is asked for.
    from dashboard.exports.files import ALL, render  # noqa: PLC0415
    from dashboard.services.clusters import export as cluster_exports  # noqa: PLC0415

    link = request.host_url.rstrip("/") + url_for("clusters.run", number=run.id)
    held = cluster_exports.export(
        database(), grant(), run.id, kind, language=request_context.language(), link=link
    )
    return Response(
        render(held, kind),
        content_type=ALL[kind].media_type,
        headers={"Content-Disposition": f'attachment; filename="chhlang-clusters-{run.id}.{kind}"'},
    )


@pages.get("/clusters/<number>/<int:rank>")
@needs(Permission.RUN_CLUSTERS, check=_of_run)
def cluster(number: str, rank: int) -> str:
    """One cluster of a run."""
    return _cluster_page(_detail(number, rank))


@pages.get("/clusters/<number>/<int:rank>/records")
@needs(Permission.RUN_CLUSTERS, Permission.SEE_LINE_LIST, check=_of_run)
def records(number: str, rank: int) -> Any:
    """The records behind a cluster, once it was said why they are read."""
    run = _run(number)
    reason = sessions.reading_reason()
    if not reason:
        return redirect(url_for("reason.form", next=request.full_path.rstrip("?")), 303)
    return _records_page(run, rank, reason)


def _given() -> dict[str, str]:
    """What a form sent; a control that may hold several values, as one text."""
    given = request.values.to_dict()
    if several := request.values.getlist("covariates"):
        given["covariates"] = ",".join(several)
    return given


def _run(number: str) -> ClusterRun:
    """A run of the reader's scope; 404 for an unknown run or another scope's."""
    if not _NUMBER.fullmatch(number):
        abort(404)
    try:
        return clusters.status(database(), grant(), number)
    except UsageError:
        return abort(404)


def _detail(number: str, rank: int) -> ClusterDetail:
    run = _run(number)
    try:
        return cluster_detail.detail(database(), grant(), run.id, rank)
    except UsageError:
        return abort(404)


def _progress(run: ClusterRun, t: Translate) -> ProgressPage:
    """Where a run stands; of one that waits also how many are before it."""
    ahead = cluster_history.ahead(database(), grant(), run.id) if run.status == "queued" else 0
    done, total = (run.done, run.total) if run.started_at else (None, None)
    text = standing(run, t, ahead)
    final = not clusters.may_cancel(grant(), run)
    return ProgressPage(run.id, text, done, total, stopping=run.stopping, final=final, over=run.over)


def _form(given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    t = translator(language)
    status = request_context.data_status(database())
    complete = defaults.last_complete(database(), grant(), status.last_visit)
    of_share, wrong = ({}, "") if "indicator" not in given else (given, problem)
    if of_share:
        given, problem = {}, ""
    if not given:
        given = {"from": cluster_form.first_period(status, t, complete)}
    asked = _question(given)
    if asked["problem"] and not problem:
        asked = _question({}) | {"problem": asked["problem"]}
    return render_template(
        "clusters.html",
        choices=cluster_form.main_choices(
            status, t, defaults.offered(grant(), words.VIEWS), complete, grant().scope.covered(DISEASES)
        ),
        called=cluster_form.names(t),
        rates=[(code, t(name)) for code, name in words.RATES.items()],
        remote=remote_choice(t).options,
        along=[("", t("circles")), *((kind, t(words.ALONG[kind])) for kind in defaults.along(database()))],
        neighbours=[("no", t("no")), ("yes", t("with their own counts"))] if across.held(database()) else [],
        lists=[(code, t(name)) for code, name in words.LISTS.items()],
        yes_no=[(code, t(code)) for code in ("no", "yes")],
        covariates=[(code, t(name)) for code, name in words.COVARIATES.items()],
        given=given,
        asked=asked,
        chosen=cluster_form.chosen(given) | asked["controls"],
        problem=problem or asked["problem"],
        left_open=cluster_form.LEFT_OPEN,
        shares=cluster_form.share_form(status, t, shares_asked.offered(grant()), of_share, wrong),
        runs=[listed_run(past, t) for past in cluster_history.history(database(), grant())],
        others=[(run, t(words.STATUSES[run.status])) for run in clusters.others(database(), grant())],
    )


def _question(given: dict[str, str]) -> dict[str, Any]:
    """What the form asks, in words; what is wrong with it; and what its controls should show.

    These are texts, which the script puts into the elements of `cluster_question.html`.
    """
    t = translator(request_context.language())
    given, switched = cluster_form.kept_places(given, defaults.offered(grant(), words.VIEWS))
    try:
        query = cluster_form.read_form(given)
        query = defaults.resolved(database(), grant(), query)
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


def _run_page(run: ClusterRun) -> str:
    language = request_context.language()
    t = translator(language)
    title = heading(run, t)
    if not run.over:
        note = t("You may leave this page: the run goes on, and its result stays at this address.")
        back = url_for(".form"), t("Clusters")
        here = url_for(".run", number=run.id)
        return progress.page(_progress(run, t), here, title, t("Looking for clusters"), note, back)
    if run.status != "done":
        said = standing(run, t)
        return render_template("cluster_ended.html", run=run, title=title, standing=said, again=_again(run))
    found = clusters.result(database(), grant(), run.id)
    view = cluster_run.run_view(found, language, t, reports_here(database(), grant(), found.run))
    marks = [few_reports(one, t) for one in _came(found.run, found.clusters)]
    view = replace(
        view, rows=[replace(row, reports=mark) for row, mark in zip(view.rows, marks, strict=True)]
    )
    figure = cluster_map(cluster_layers(found.run, found.clusters, found.places, language, t))
    return render_template(
        "cluster_run.html",
        run=run,
        title=title,
        figure=figure.to_plotly_json(),
        asked=title_of("run", run.query, t),
        view=view,
        again=_again(run),
        may_export=grant().can(Permission.EXPORT_TABLES),
        may_take=clusters.may_take(grant(), run.query) and not (run.ways and run.query.along is None),
    )


def _came(run: ClusterRun, found: Sequence[Cluster]) -> list[tuple[int, int] | None]:
    """Reports that came and that were due from the places of some clusters of a run, in their days."""
    view = f"{run.query.by}:{run.query.place}"
    asked = [Asked(view, one.locations, one.start, one.end) for one in found]
    return cluster_reports.reports_of(database(), grant(), asked)


def _again(run: ClusterRun) -> str:
    """The form with the question of a run in it."""
    return with_question(url_for(".form"), cluster_run.again(run.query))


def _cluster_page(found: ClusterDetail) -> str:
    language = request_context.language()
    t = translator(language)
    layers = cluster_layers(found.run, [found.cluster], found.places, language, t, near=True)
    steps = [Step(point.start, point.inside, point.outside, point.expected) for point in found.curve]
    start, end = found.cluster.start, found.cluster.end
    dates = (start, end) if start and end and found.run.query.time != "none" else None
    names = {axis: {value.code: t(value.name) for value in shown_values(axis)} for axis in AXES}
    query = found.run.query
    inside = {
        point.start: point.inside
        for point in found.curve
        if dates is None or dates[0] <= point.start <= dates[1]
    }
    known, in_known = (
        ((), 0)
        if query.indicator
        else known_outbreaks.of_cluster(
            database(), grant(), query.disease, f"{query.by}:{query.place}", found.cluster.locations, inside
        )
    )
    return render_template(
        "cluster.html",
        few=few_reports(_came(found.run, [found.cluster])[0], t),
        asked=lambda figure: title_of(figure, query, t),
        run=found.run,
        title=heading(found.run, t),
        disease=words.subject(query, t),
        map_figure=cluster_map(layers).to_plotly_json(),
        curve_figure=curve(steps, dates, t).to_plotly_json() if steps else None,
        steps=found.curve,
        expected_text=expected_text,
        view=cluster_run.cluster_view(found, names, {a: t(n) for a, n in AXIS_NAMES.items()}, language, t),
        no_longer_held=t(cluster_detail.NO_LONGER_HELD).format(held=found.held_from)
        if found.held_from
        else "",
        withheld=found.groups_withheld,
        known=outbreak_words.said(known, in_known, sum(inside.values()), t),
        may_see_records=grant().can(Permission.SEE_LINE_LIST) and not (query.sensitive or query.indicator),
    )


def _records_page(run: ClusterRun, rank: int, reason: str) -> str:
    """The line list, a hundred records at a time; the service writes each view into the audit trail."""
    try:
        most = settings().line_lists_an_hour
        found = cluster_detail.line_list(database(), grant(), run.id, rank, reason=reason, most=most)
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
        rows=record_rows(shown, found.columns, record_places(database(), grant()), language, t),
        page=here,
        many=many,
        reason=line_lists.in_words(reason, t),
    )
