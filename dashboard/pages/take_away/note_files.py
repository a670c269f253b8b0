"""Files of what people wrote down: decisions of the weekly meeting, and the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from dashboard.components.today.decisions import area_name, reader_name
from dashboard.exports.about import About
from dashboard.exports.columns import Column
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.today import decisions as service
from dashboard.services.today.decisions import COUNTRY, Decisions
from dashboard.web import site
from dashboard.web.access import needs
from surveillance.calendar.entries import Entry

pages = Blueprint("note_files", __name__)
_DECISIONS = (
    Column("number", "count", "number of the decision on this server"),
    Column("decision", "text", "what was decided"),
    Column("owner", "text", "who does it: an office or a post"),
    Column("due", "date", "until when"),
    Column("area", "text", "code of the province; `all`: the whole country"),
    Column("area_name", "text", "its name, in the language of the file"),
    Column("readers", "text", "who reads it, beside accounts of all programmes"),
    Column("state", "text", "`open`, `overdue` or `done`"),
    Column("noted_by", "text", "who noted it"),
    Column("noted_at", "text", "when (UTC)"),
    Column("done_by", "text", "who marked it as done; empty where it is open"),
    Column("done_at", "text", "when (UTC)"),
)
_CALENDAR = (
    Column("key", "text", "what the entry is replaced by"),
    Column("kind", "text", "`festival`, `holiday`, `event` or `closed` (a crossing)"),
    Column("first", "date", "first day"),
    Column("last", "date", "last day; empty: the crossing is still closed"),
    Column("crossing", "text", "code of the crossing that is closed"),
    Column("name_en", "text", "name in English"),
    Column("name_km", "text", "name in Khmer"),
    Column("compare", "text", "`no`: weeks that hold one of its days are left out of comparisons"),
    Column("computed", "text", "`yes`: its days were reckoned, and not published"),
    Column("source", "text", "where it comes from"),
)


@pages.get("/decisions.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_REPORTING)
def decisions(kind: str) -> Response:
    """The decisions of the page; the use is audited."""
    taken, found = _found()
    taken.audit({"file": "decisions", "format": kind})
    about = _about_decisions(found, taken)
    return answers.table(kind, "decisions", _DECISIONS, _decided(found, taken), about, stamped=False)


@pages.get("/decisions.json")
@needs(Permission.SEE_REPORTING)
def decisions_sidecar() -> Response:
    """What the files of decisions are."""
    taken, found = _found()
    about = _about_decisions(found, taken)
    return answers.sidecar(about, stamped=False)


@pages.get("/calendar.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def calendar_table(kind: str) -> Response:
    """Every entry, with the columns that an import reads; the use is audited."""
    taken = Taken.now()
    held = calendar.entries(site.database(), taken.grant)
    taken.audit({"file": "calendar", "format": kind})
    about = _about_calendar(taken)
    return answers.table(kind, "calendar", _CALENDAR, map(_entry, held), about, stamped=False)


@pages.get("/calendar.json")
@needs(Permission.SEE_COVERAGE)
def calendar_sidecar() -> Response:
    """What the files of the calendar are."""
    about = _about_calendar(Taken.now())
    return answers.sidecar(about, stamped=False)


def _found() -> tuple[Taken, Decisions]:
    taken = Taken.now()
    return taken, service.decisions(site.database(), taken.grant, today_in_cambodia())


def _decided(found: Decisions, taken: Taken) -> Iterator[dict[str, Any]]:
    for one in (*found.open, *found.done):
        yield {
            "number": one.id,
            "decision": one.text,
            "owner": one.owner,
            "due": one.due.isoformat(),
            "area": one.area or COUNTRY,
            "area_name": area_name(one.area, taken.language, taken.t),
            "readers": reader_name(one.programme, taken.t),
            "state": "done" if one.done else "overdue" if one.overdue(found.today) else "open",
            "noted_by": one.author,
            "noted_at": one.made_at,
            "done_by": one.done_by or "",
            "done_at": one.done_at or "",
        }


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "first": one.first.isoformat(),
        "last": one.last.isoformat() if one.last else None,
        "crossing": one.crossing,
        "name_en": one.name_en,
        "name_km": one.name_km,
        "compare": "yes" if one.compare else "no",
        "computed": "yes" if one.computed else "no",
        "source": one.source,
    }


def _about_decisions(found: Decisions, taken: Taken) -> About:
    t = taken.t
    said = t("Open decisions, and those that were noted or done since {day}")
    return _about(
        ("decisions", t("Decisions"), said.format(day=found.last_week[0].isoformat())),
        t("Decisions that were noted on this server"),
        t("one row for each decision"),
        _DECISIONS,
        taken,
    )


def _about_calendar(taken: Taken) -> About:
    t = taken.t
    return _about(
        ("calendar", t("Calendar"), t("Festivals, public holidays, events and closed crossings")),
        t("The calendar of this server; each entry names its own source"),
        t("one row for each entry"),
        _CALENDAR,
        taken,
    )


def _about(
    named: tuple[str, str, str], source: str, units: str, columns: Sequence[Column], taken: Taken
) -> About:
    """What a file is. `named`: its address without the stroke, its title, and what it answers."""
    name, title, question = named
    files: Mapping[str, str] = {kind: answers.address(f"/{name}.{kind}") for kind in answers.TABLES}
    return About(
        f"chhlang-{name}",
        title,
        question,
        answers.address(f"/{name}"),
        taken.made_at,
        "",
        source,
        taken.shown_to,
        "",
        taken.t(answers.OF_AUTHORITY),
        units,
        latest=taken.t("This address names no date: it always means what stands now."),
        synthetic=taken.synthetic,
        columns=columns,
        files=files,
    )
