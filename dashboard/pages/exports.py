"""Files of the map page: its table, and the boundaries it draws."""

from __future__ import annotations

import io

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from dashboard.components.coverage.widening import widened
from dashboard.components.coverage.words import before_records, notes
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.pages.explorer.question import completed, moment_of
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import changes as change_service
from dashboard.services.coverage import view as view_service
from dashboard.services.coverage.as_of import status_at
from dashboard.services.disclosure import rules
from dashboard.spreadsheet import write_rows
from dashboard.web import request_context, site
from dashboard.web.access import needs
from geodata import boundaries
from surveillance.errors import NotPermittedError

_A_YEAR = 365 * 24 * 3600

pages = Blueprint("exports", __name__)


@pages.get("/geo/<name>")
@needs(Permission.SEE_COVERAGE)
def boundary(name: str) -> Response:
    """One boundary file; its address changes with it."""
    for key in boundaries.PATHS:
        if name == boundaries.fingerprinted_name(key):
            response = Response(boundaries.content(key), mimetype="application/geo+json")
            response.cache_control.max_age = _A_YEAR
            return response
    return abort(404)


@pages.get("/export/coverage.csv")
@needs(Permission.EXPORT_TABLES)
def coverage() -> Response:
    """The table as CSV, with the question and the data's date; the use is audited."""
    grant, database = request_context.grant(), site.database()
    status, today = request_context.data_status(database), today_in_cambodia()
    asked = CoverageQuery.read(request.args.to_dict())
    at, day = moment_of(asked, status, today, lambda day: status_at(database, status, day, today))
    query = completed(asked, at, day)
    if refused := rules.refusal(grant, query):
        raise NotPermittedError(refused)
    table, shift = view_service.compared(database, grant, query, today)
    store.audit_use(database, grant, "export", query.parameters())
    language, reason = request_context.language(), rules.reason_hidden(grant, query)
    t, days = translator(language), (asked.start, asked.end)
    extra = {
        **{name: text for name, text in query.parameters().items() if name not in ("from", "to")},
        "data_up_to": at.last_visit,
        "role": grant.role,
        "synthetic": "yes" if status.demo else "no",
        "note": " ".join(
            filter(
                None,
                (
                    t(reason) if reason else "",
                    widened(table, days, t),
                    *(before_records(shift, t) or notes(shift.facts, t)),
                ),
            )
        ),
    }
    text = io.StringIO()
    rows = (row | shift.columns(row["code"]) | extra for row in table.records(language))
    write_rows(text, rows, [*table.columns, *change_service.COLUMNS, *extra], "\r\n")
    then = f"-as-of-{query.as_of}" if query.as_of else ""
    name = f"chhlang-{query.disease}-{query.measure}-{query.dimension}{then}.csv"
    return Response(
        text.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
