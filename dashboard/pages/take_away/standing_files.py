"""Files of the list of what the usual questions found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from dashboard.components.clusters import watched
from dashboard.components.clusters.watched import WatchView
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clusters.watch import watch
from dashboard.web import site
from dashboard.web.access import needs

pages = Blueprint("standing_files", __name__)
COLUMNS = (
    Column("question", "text", "disease and places that were asked about"),
    Column("centre", "text", "places of the cluster, as the page says them"),
    Column("observed", "text", "cases in it; `hidden` where the account may not be told"),
    Column("expected", "text", "cases that there would be if it were like everywhere else"),
    Column("first_day", "text", "when it begins"),
    Column("last_day", "text", "when it ends; the period's last day: it may go on"),
    Column("goes_on", "text", "whether it reaches into the last complete week of the data"),
    Column("crossing", "text", "border crossing nearby"),
    Column(
        "change", "text", "its change since the last day with an answer; `gone` is said of what has ended"
    ),
    Column("strength", "text", "how often chance brings one as strong"),
    Column("first_found", "text", "when it was first found"),
    Column("page", "text", "address of its page on this server"),
)
_CELLS = {
    "observed": "observed",
    "expected": "expected",
    "first_day": "start",
    "last_day": "end",
    "goes_on": "goes_on",
    "crossing": "border",
}


@pages.get("/clusters/standing.<any(csv,xlsx):kind>")
@needs(Permission.RUN_CLUSTERS, Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """The clusters of the list and those that are gone; the use is audited."""
    taken, view = _found()
    taken.audit({"file": "standing", "format": kind})
    return answers.table(kind, "standing", COLUMNS, _rows(view), _about(view, taken))


@pages.get("/clusters/standing.json")
@needs(Permission.RUN_CLUSTERS)
def sidecar() -> Response:
    """What the table's files are."""
    taken, view = _found()
    about = _about(view, taken)
    return answers.sidecar(about)


def _found() -> tuple[Taken, WatchView]:
    taken = Taken.now()
    found = watch(site.database(), taken.grant)
    looks = site.settings().standing_scans
    return taken, watched.watch_view(found, taken.language, taken.t, looks=looks)


def _rows(view: WatchView) -> Iterator[dict[str, Any]]:
    for row in (*view.rows, *view.gone):
        yield {
            "question": row.title,
            "centre": row.where,
            **{column: row.cells[key].text for column, key in _CELLS.items()},
            "change": row.change,
            "strength": row.strength,
            "first_found": row.first_found,
            "page": answers.address(url_for("clusters.cluster", number=row.run, rank=row.rank)),
        }


def _about(view: WatchView, taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-standing",
        t("Found without being asked"),
        t("What stands out from chance, over all diseases and places"),
        answers.address(url_for("clusters.standing_list")),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each cluster"),
        latest=t("This address names no date: it always means the last round of questions."),
        synthetic=taken.synthetic,
        notes=[view.verdict, *view.borders, *view.notes, *view.missing],
        columns=COLUMNS,
        files={kind: answers.address(f"/clusters/standing.{kind}") for kind in answers.TABLES},
    )
