"""The page of who has not reported, and the same as a file."""

from __future__ import annotations

import io

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from dashboard.components.coverage import reporting_groups
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.today import reporting as service
from dashboard.spreadsheet import write_rows
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database

pages = Blueprint("reporting", __name__)


@pages.get("/reporting")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """Silent facilities by province and operational district, and all others."""
    language = request_context.language()
    found = service.reporting(database(), grant())
    return render_template(
        "reporting.html",
        reporting=found,
        summary=reporting_groups.summary(found, translator(language)),
        silent=reporting_groups.grouped(found.silent, found.due, language),
        others=reporting_groups.grouped(
            [one for one in found.facilities if not one.silent], found.facilities, language
        ),
        silent_for=reporting_groups.silent_for,
        last_report=reporting_groups.last_report,
        may_export=grant().can(Permission.EXPORT_TABLES),
    )


@pages.get("/reporting.csv")
@needs(Permission.EXPORT_TABLES)
def file() -> Response:
    """Every facility as CSV; the use is audited."""
    found = service.reporting(database(), grant())
    store.audit_use(database(), grant(), "export", {"table": "reporting"})
    text = io.StringIO()
    write_rows(text, found.records(), service.COLUMNS, "\r\n")
    return Response(
        text.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="chhlang-reporting.csv"'},
    )
