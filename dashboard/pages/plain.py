"""Pages without Dash: they need no JavaScript and come in one request."""

from __future__ import annotations

import io

from flask import Flask, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboard.components.coverage.widening import widened
from dashboard.components.coverage.words import before_records, notes
from dashboard.components.freshness import old_data
from dashboard.components.imports.words import field_name
from dashboard.components.moments import local
from dashboard.components.shell import pages, status_line
from dashboard.filters import check_names, one_day, read_query
from dashboard.messages import LANGUAGES, translator
from dashboard.pages.question import complete, moment_of
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import changes as change_service
from dashboard.services.coverage import view as view_service
from dashboard.services.coverage.as_of import status_at
from dashboard.services.disclosure import rules
from dashboard.services.imports import data_status as status_service
from dashboard.services.store import Database
from dashboard.settings import Settings
from dashboard.spreadsheet import write_rows
from dashboard.web import request_context
from geodata import boundaries
from surveillance.errors import NotPermittedError, UserError

_A_YEAR = 365 * 24 * 3600


def register(server: Flask, database: Database, settings: Settings) -> None:
    """Add the pages."""

    @server.context_processor
    def words() -> dict[str, object]:
        language = request_context.language()
        t = translator(language)
        status = status_service.data_status(database)
        return {
            "t": t,
            "local": local,
            "language": language,
            "languages": LANGUAGES,
            "status": status,
            "old_data": old_data(status, today_in_cambodia(), settings.old_data_days, t),
            "status_line": status_line,
            "pages": pages(g.get("grant"), t),
            "grant": g.get("grant"),
            "attribution": boundaries.ATTRIBUTION,
        }

    @server.get("/data")
    def data() -> str:
        grant = request_context.grant()
        return render_template(
            "data.html",
            receipts=status_service.receipts(database, grant),
            not_understood=status_service.not_understood(database, grant),
            field_name=field_name,
            may_place=grant.can(Permission.IMPORT_FILES),
        )

    @server.get("/export/coverage.csv")
    def export() -> Response:
        return _export(database)

    @server.get("/geo/<name>")
    def geo(name: str) -> Response:
        for key in boundaries.PATHS:
            if name == boundaries.fingerprinted_name(key):
                response = Response(boundaries.content(key), mimetype="application/geo+json")
                response.cache_control.max_age = _A_YEAR
                return response
        return abort(404)

    @server.get("/language/<code>")
    def choose(code: str) -> Response:
        if code not in LANGUAGES:
            return abort(404)
        response = redirect(request_context.own_page(request.args.get("next", "/")))
        response.set_cookie(
            request_context.LANGUAGE_COOKIE,
            code,
            max_age=_A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure or server.config["SESSION_COOKIE_SECURE"],
        )
        return response

    @server.get("/healthz")
    def health() -> tuple[str, int]:
        return "ok", 200

    @server.errorhandler(NotPermittedError)
    def refused(error: NotPermittedError) -> tuple[str, int]:
        return render_template(
            "problem.html", message=error.in_words(translator(request_context.language()))
        ), 403

    @server.errorhandler(UserError)
    def wrong(error: UserError) -> tuple[str, int]:
        return render_template(
            "problem.html", message=error.in_words(translator(request_context.language()))
        ), 400


def _export(database: Database) -> Response:
    """The table as CSV, with the question and the data's date; the use is audited."""
    grant = request_context.grant()
    grant.check(Permission.EXPORT_TABLES)
    status, today = status_service.data_status(database), today_in_cambodia()
    given = request.args.to_dict()
    check_names(given)
    read_query(given)  # of a question without a disease the page makes one of malaria; a file says nothing
    at, day = moment_of(given, status, today, lambda day: status_at(database, status, day, today))
    query = read_query(complete(given, at, day))
    if refused := rules.refusal(grant, query):
        raise NotPermittedError(refused)
    table, shift = view_service.compared(database, grant, query, today)
    store.audit_use(database, grant, "export", query.parameters())
    language, reason = request_context.language(), rules.reason_hidden(grant, query)
    t, days = translator(language), (one_day(given, "from"), one_day(given, "to"))
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
