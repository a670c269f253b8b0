"""The page that asks why records are needed, and the records as a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.addresses import map_page, with_question
from dashboard.components.clusters.records import column_heads
from dashboard.components.controls import VIEWS
from dashboard.components.coverage import words
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column, Kind
from dashboard.pages.explorer.question import MapQuestion, completed
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import line_lists
from dashboard.services.clock import today_in_cambodia
from dashboard.services.take_away import records as service
from dashboard.spreadsheet import in_parts
from dashboard.web import limits, sessions, site
from dashboard.web.access import needs
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.indicators.model import OfMeasure
from surveillance.line_list import BY_NAME

pages = Blueprint("records", __name__)
#: Rows that are written at a time.
_PART = 500


@pages.get("/records")
@needs(Permission.SEE_LINE_LIST, Permission.EXPORT_TABLES)
def form() -> str:
    """What would be taken, and why."""
    taken, question = _asked()
    service.check(site.database(), taken.grant, question)
    return _page(taken, question, reason=_written(sessions.reading_reason()))


@pages.post("/records")
@needs(Permission.SEE_LINE_LIST, Permission.EXPORT_TABLES)
def download() -> Any:
    """The records as a file; the use is audited with its reason."""
    taken, question = _asked()
    kind = "xlsx" if request.form.get("format") == "xlsx" else "csv"
    reason = request.form.get("reason", "")[: 4 * service.LONGEST]
    try:
        service.check(site.database(), taken.grant, question)
        service.reason_of(reason)
        limits.count(limits.RECORDS, "records")
        rows = service.records(
            site.database(),
            taken.grant,
            question,
            question.area or None,
            reason,
            kind,
            most=site.settings().line_lists_an_hour,
        )
    except UsageError as error:
        return _page(taken, question, error.in_words(taken.t), reason), 400
    about = _about(taken, question, len(rows), service.reason_of(reason))
    if kind == "xlsx":
        return answers.table(kind, "records", _columns(taken), rows, about)
    # The sender's clock runs while this goes over a slow link; the database does not wait for it.
    stamp = taken.stamp()
    names = [column.name for column in stamp.columns(_columns(taken))]
    answer = Response(in_parts(stamp.rows(rows), names, _PART), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = answers.disposition(f"{about.name}.csv")
    return answer


def _written(reason: str) -> str:
    """A reason of this session, where it was written: what is offered says too little of a file."""
    return reason if len(reason) >= service.SHORTEST and reason not in line_lists.REASONS else ""


def _asked() -> tuple[Taken, MapQuestion]:
    taken = Taken.now()
    asked = completed(MapQuestion.read(request.args.to_dict()), taken.status, today_in_cambodia())
    return taken, of_records(asked)


def of_records(asked: MapQuestion) -> MapQuestion:
    """The question of the records behind a map: of an indicator those of its disease, on the same days.

    Raises
    ------
    UsageError
        No records stand behind it.
    """
    indicator = asked.indicator
    if indicator is None:
        return asked
    if not indicator.diseases:
        raise UsageError("measure: {name} counts reports, not records", "measure", name=indicator.id)
    counted = indicator.counted
    return replace(asked, measure=counted.measure if isinstance(counted, OfMeasure) else "testing")


def _page(taken: Taken, question: MapQuestion, problem: str = "", reason: str = "") -> str:
    given = request.args.to_dict()
    return render_template(
        "records_form.html",
        asks=_title(taken, question),
        days=f"{question.start} – {question.end}" if question.start else "–",
        heads=column_heads(service.COLUMNS, taken.t),
        action=with_question(url_for(".download"), given),
        back=map_page(given),
        problem=problem,
        reason=reason,
        most=service.MOST,
        shortest=service.SHORTEST,
        longest=service.LONGEST,
    )


def _title(taken: Taken, question: MapQuestion) -> str:
    t = taken.t
    disease = t(DISEASES[question.disease].name)
    where = t(VIEWS[f"{question.by}:{question.place}"])
    parts = [disease, where, question.area, *(",".join(codes) for codes in question.groups.values())]
    if MEASURES[question.measure].by_start:
        parts.append(words.what_is_counted(MEASURES[question.measure], t))
    return " · ".join(filter(None, parts))


def _columns(taken: Taken) -> list[Column]:
    heads = column_heads(service.COLUMNS, taken.t)
    return [Column(name, _kind(name), said) for name, said in zip(service.COLUMNS, heads, strict=True)]


def _kind(name: str) -> Kind:
    if name.startswith("date_"):
        return "date"
    field = BY_NAME.get(name)
    return "count" if name == "number" or (field and field.type == "integer") else "text"


def _about(taken: Taken, question: MapQuestion, many: int, reason: str) -> About:
    t = taken.t
    return About(
        f"chhlang-records-{question.disease}-{question.start}-{question.end}",
        t("Records"),
        _title(taken, question),
        answers.address(map_page()),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        t("These are single records: keep the file like a register, and delete it once it has served."),
        t(LICENCE),
        t("one row for each record, as it stands now"),
        synthetic=taken.synthetic,
        columns=_columns(taken),
        facts={"parameters": question.parameters(), "records": many, "reason": reason},
    )
