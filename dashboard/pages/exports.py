"""Files of the map page: its table, and the boundaries it draws."""

from __future__ import annotations

import io

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from dashboard.exports.coverage import described
from dashboard.filters import CoverageQuery
from dashboard.pages.explorer.question import completed, moment_of
from dashboard.pages.take_away import map_files
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
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
    taken = Taken(grant, request_context.language(), status)
    columns, rows = map_files.rows(table, shift, query, at, taken, (asked.start, asked.end))
    stamp = taken.stamp(str(map_files.data_up_to(table, at) or ""))
    names = [column.name for column in stamp.columns(described(columns))]
    text = io.StringIO()
    write_rows(text, stamp.rows(rows), names, "\r\n")
    then = f"-as-of-{query.as_of}" if query.as_of else ""
    name = f"chhlang-{query.disease}-{query.measure}-{query.dimension}{then}.csv"
    return Response(
        text.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
