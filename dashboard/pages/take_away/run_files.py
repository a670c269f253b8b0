"""Files of the lists of runs: releases and how much each hides, and runs of cluster detection."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, url_for
from werkzeug.wrappers import Response

from dashboard.components import releases as shown
from dashboard.components.clusters.standing import listed_run
from dashboard.exports.columns import Column
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clusters import history
from dashboard.services.releases import desk
from dashboard.web.access import needs, needs_one_of
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError

pages = Blueprint("run_files", __name__)
_RELEASES = (
    Column("release", "count", "its number"),
    Column("state", "text", "where it stands, in the language of the file"),
    Column("records_until", "date", "last day of its records"),
    Column("prepared", "text", "who prepared it, and when (Phnom Penh)"),
    Column("issued", "text", "who issued it, and when; empty where nobody did"),
)
_HIDDEN = (
    Column("threshold", "text", "for whom, and below how many people"),
    Column("disease", "text", "its name, in the language of the file"),
    Column("measure", "text", "records, or a measure"),
    Column("hidden", "text", "share that is hidden, or told for a longer period; as the page says it"),
)
_RUNS = (
    Column("run", "text", "what its page is called"),
    Column("question", "text", "disease and places"),
    Column("period", "text", "the days that were looked at"),
    Column("model", "text", "what was asked"),
    Column("time", "text", "in space, in time, or both"),
    Column("found", "text", "what was found; how far it is where it is not done"),
    Column("when", "text", "when it was asked (Phnom Penh)"),
    Column("who", "text", "who asked"),
)


@pages.get("/releases.<any(csv,xlsx,json):kind>")
@needs_one_of(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE)
def releases(kind: str) -> Response:
    """Every release; the use is audited."""
    taken = Taken.now()
    t = taken.t
    rows = map(_release, shown.rows(desk.listed(database(), grant()), t))
    taken.audit({"file": "releases", "format": kind})
    named = ("releases", t("Releases"), t("Every release"))
    about = answers.of_server(
        taken, named, url_for("releases.listed"), t("one row for each release"), _RELEASES
    )
    return answers.table(kind, "releases", _RELEASES, rows, about)


@pages.get("/releases/<int:number>.<any(csv,xlsx,json):kind>")
@needs_one_of(Permission.PREPARE_RELEASE, Permission.ISSUE_RELEASE)
def hidden(number: int, kind: str) -> Response:
    """How much a release hides; the use is audited."""
    taken = Taken.now()
    t = taken.t
    try:
        release = desk.find(database(), grant(), number)
    except UsageError:
        abort(404)
    if release.at_work:
        abort(404)
    parts = shown.hidden(release, t, entitled=grant().can(Permission.SEE_SMALL_COUNTS))
    rows = [row for part in parts for row in _hidden(part)]
    taken.audit({"file": "release", "format": kind, "release": number})
    named = (
        f"release-{number}",
        t("Release {number}").format(number=number),
        t("How much is hidden"),
    )
    path = url_for("releases.one", number=number)
    about = answers.of_server(taken, named, path, t("one row for each disease and measure"), _HIDDEN)
    return answers.table(kind, "hidden", _HIDDEN, rows, about)


@pages.get("/clusters.<any(csv,xlsx,json):kind>")
@needs(Permission.RUN_CLUSTERS, Permission.EXPORT_TABLES)
def runs(kind: str) -> Response:
    """Runs of cluster detection that the page lists; the use is audited."""
    taken = Taken.now()
    t = taken.t
    rows = [_run(listed_run(past, t)) for past in history.history(database(), grant())]
    taken.audit({"file": "runs", "format": kind})
    named = ("runs", t("Earlier runs"), t("What was asked of cluster detection, and what was found"))
    about = answers.of_server(taken, named, url_for("clusters.form"), t("one row for each run"), _RUNS)
    return answers.table(kind, "runs", _RUNS, rows, about)


def _release(one: shown.Row) -> dict[str, Any]:
    return {
        "release": one.number,
        "state": one.state,
        "records_until": str(one.until),
        "prepared": one.prepared,
        "issued": one.issued,
    }


def _hidden(part: shown.Hidden) -> list[dict[str, Any]]:
    return [
        {"threshold": part.title, "disease": disease, "measure": head, "hidden": share}
        for disease, shares in part.rows
        for head, share in zip(part.heads, shares, strict=True)
    ]


def _run(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "run": one["id"],
        "question": one["title"],
        "period": one["period"],
        "model": one["question"],
        "time": one["time"],
        "found": one["found"] or one["status"],
        "when": one["when"],
        "who": one["who"],
    }
