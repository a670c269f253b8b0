"""Files of the first page: its map as a picture, its lines as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, url_for
from werkzeug.wrappers import Response

from dashboard.components import scope_words
from dashboard.components.calendar_words import closed_on
from dashboard.components.coverage import first_page
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.figures.svg import province_map
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.today import area as area_of_page
from dashboard.permissions import Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.releases import stamps
from dashboard.services.today import overview
from dashboard.services.today.issued import overview_of
from dashboard.services.today.overview import Asked, Overview
from dashboard.web import site
from dashboard.web.access import needs
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES

pages = Blueprint("today_files", __name__)
_FRAME = (0.0, -16.0, 660.0, 480.0)
#: Names of measures in the file -> those of the map.
_MEASURES = {"cases": "positivity", "tested": "testing", "treated": "treatment"}
_COUNTS = ("numerator", "denominator", "unknown")
COLUMNS = (
    Column("disease", "text", "code of the disease"),
    Column("name", "text", "its name, in the language of the file"),
    Column("measure", "text", "cases (found positive), tested, treatment started"),
    Column("from", "date", "first day of the last complete weeks, or of the last complete quarter"),
    Column("to", "date", "their last day"),
    Column("said", "text", "the number as the page says it"),
    Column("beneath", "text", "what it rests on"),
    Column("change", "text", "what changed against the weeks before"),
)


@pages.get("/today.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """The lines of the page; the use is audited."""
    taken, found = _found()
    taken.audit({"file": "today", "format": kind})
    columns = _columns(found)
    return answers.table(kind, "today", columns, _rows(found, taken), _about(found, taken))


def _columns(found: Overview) -> tuple[Column, ...]:
    """Columns of the file; of issued figures with the numbers, and by what they can be checked."""
    if found.release is None:
        return COLUMNS
    return (*COLUMNS, *described((*_COUNTS, *stamps.COLUMNS, "area")))


@pages.get("/today.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(kind: str) -> Response:
    """The map of the page; the use is audited."""
    taken, found = _found()
    entries = calendar.entries(site.database(), taken.grant)
    closed = closed_on(entries, found.week and found.week.last, taken.t)
    shown = first_page.map_of(found, taken.grant, taken.language, taken.t, closed=closed)
    if shown is None or found.map is None:
        return abort(404)
    outside = scope_words.outside(taken.grant.scope, taken.t)
    taken.audit({"file": "today", "format": kind})
    query = found.map.query
    drawing = province_map.provinces(replace(shown, frame=_FRAME))
    keys = province_map.keys(query.measure, query.by, taken.t, outside=outside)
    about = replace(_about(found, taken), title=first_page.map_question(found, taken.t))
    return answers.picture(
        kind, taken, about, drawing, keys, [shown.title], taken.t(MEASURES[query.measure].name)
    )


@pages.get("/today.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the page's files are."""
    taken, found = _found()
    about = _about(found, taken)
    return answers.sidecar(about)


def _found() -> tuple[Taken, Overview]:
    taken = Taken.now()
    area = area_of_page.chosen(taken.grant)
    if area is not None:
        taken = replace(taken, grant=taken.grant.within(area))
    return taken, overview_of(site.database(), taken.grant, taken.status, today_in_cambodia())


def _rows(found: Overview, taken: Taken) -> Iterator[dict[str, Any]]:
    for quarterly, window in ((False, found.weeks), (True, found.quarter)):
        mine = taken.grant.scope.covered(DISEASES)
        codes = [code for code in mine if (code in overview.QUARTERLY) is quarterly]
        lines = first_page.lines(found, taken.grant, taken.t, quarterly=quarterly)
        for code, line in zip(codes, lines, strict=True):
            for measure, cell in (("cases", line.cases), ("tested", line.tested), ("treated", line.treated)):
                asked = found.of(code, _MEASURES[measure])
                start, end = (asked.query.start, asked.query.end) if asked else (None, None)
                if found.release is None and window is not None:
                    start, end = window.first, window.last
                yield {
                    "disease": code,
                    "name": line.name,
                    "measure": measure,
                    "from": start.isoformat() if start else None,
                    "to": end.isoformat() if end else None,
                    "said": cell.text if cell else "–",
                    "beneath": cell.beneath if cell else "",
                    "change": cell.change if cell else "",
                    **_numbers(found, asked),
                }


def _numbers(found: Overview, asked: Asked | None) -> dict[str, Any]:
    """The numbers of a line of issued figures, its release and periods; nothing where the cubes answer."""
    if found.release is None:
        return {}
    if asked is None or asked.table.release is None:
        return {**dict.fromkeys(_COUNTS), **found.release.columns(issued=True), "area": ""}
    value, release = asked.table.total, asked.table.release
    told = {name: getattr(value, name) for name in _COUNTS}
    return {**told, **release.columns(issued=True), "area": asked.area}


def _about(found: Overview, taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-today",
        t("Today"),
        t("What changed in the last complete weeks of the data, by disease"),
        answers.address(url_for("today.first")),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold if found.release is not None else t("Fewer than 5 people are not shown here."),
        t(LICENCE),
        t("one row for each disease and measure"),
        latest=t("This address names no date: it always means the last complete weeks of the data."),
        synthetic=taken.synthetic,
        statuses=statuses(t),
        columns=_columns(found),
        files={kind: answers.address(f"/today.{kind}") for kind in (*answers.TABLES, *answers.PICTURES)},
        facts={"week": f"{found.week.first} – {found.week.last}" if found.week else ""}
        | (dict(found.release.facts()) if found.release is not None else {}),
    )
