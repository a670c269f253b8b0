"""Files of the page of what was imported: its receipts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from dashboard.exports.about import About
from dashboard.exports.columns import Column
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.imports import data_status
from dashboard.web import site
from dashboard.web.access import needs

pages = Blueprint("data_files", __name__)
COLUMNS = (
    Column("received_at", "text", "when the file came (UTC)"),
    Column("file_name", "text", "its name; empty where another account brought it"),
    Column("source", "text", "who sent it"),
    Column("rows", "count", "its rows: the sum of the next five"),
    Column("accepted", "count", "rows that are new"),
    Column("amended", "count", "rows that correct a record"),
    Column("withdrawn", "count", "rows that take a record back"),
    Column("duplicate", "count", "rows that were held already"),
    Column("rejected", "count", "rows that were returned"),
    Column("last_visit", "date", "last day of a visit in it"),
    Column("mapping", "text", "name of the mapping that read it"),
    Column("mapping_version", "text", "its version"),
    Column("date_order", "text", "in which order its days were read"),
)


@pages.get("/data.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_DATA_STATUS)
def table(kind: str) -> Response:
    """The receipts of the page; the use is audited."""
    taken = Taken.now()
    taken.audit({"file": "data", "format": kind})
    return answers.table(kind, "data", COLUMNS, _rows(taken), _about(taken))


@pages.get("/data.json")
@needs(Permission.SEE_DATA_STATUS)
def sidecar() -> Response:
    """What the files of receipts are."""
    about = _about(Taken.now())
    return answers.sidecar(about)


def _rows(taken: Taken) -> Iterator[dict[str, Any]]:
    for one in data_status.receipts(site.database(), taken.grant):
        day = one["last_visit"]
        yield {column.name: one[column.name] for column in COLUMNS} | {"last_visit": day and str(day)}


def _about(taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-data",
        t("What was imported"),
        t("What became of every row of the latest files"),
        answers.address(url_for("data.data")),
        taken.made_at,
        taken.data_up_to,
        t("The imports of this server"),
        taken.shown_to,
        "",
        "",
        t("one row for each file"),
        latest=t("This address names no date: it always means what stands now."),
        synthetic=taken.synthetic,
        columns=COLUMNS,
        files={kind: answers.address(f"/data.{kind}") for kind in answers.TABLES},
    )
