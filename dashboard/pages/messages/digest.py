"""The digest of alerts on paper: a page to print, and the same as a file for a place without a network."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request

from dashboard.components.alerts import digests as papers
from dashboard.messages import translator
from dashboard.parameters import read_day
from dashboard.permissions import Permission
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.messages import digests
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError

pages = Blueprint("digest", __name__)


@pages.get("/alerts/digest")
@needs(Permission.SEE_COVERAGE)
def paper() -> str | tuple[str, int]:
    """Alerts of some days of the reader's places, to be printed."""
    language = request_context.language()
    t = translator(language)
    problem, made = "", None
    try:
        first, last = _span()
        made = papers.paper(digests.digest(database(), grant(), first, last), language, t)
    except UsageError as error:
        problem = error.in_words(t)
        first, last = digests.span(None, None, today_in_cambodia())
    page = render_template("alerts_digest.html", paper=made, first=first, last=last, problem=problem)
    return (page, 400) if problem else page


@pages.get("/alerts/digest.<any(html,txt):kind>")
@needs(Permission.SEE_COVERAGE)
def file(kind: str) -> Response:
    """The same as a file that holds all it needs; the use is audited."""
    language = request_context.language()
    first, last = _span()
    found = digests.digest(database(), grant(), first, last)
    store.audit_use(database(), grant(), "alerts digest", {"first": first, "last": last, "format": kind})
    made = papers.paper(found, language, translator(language))
    text = papers.as_html(made, language) if kind == "html" else papers.as_text(made)
    answer = Response(text, content_type=f"text/{'html' if kind == 'html' else 'plain'}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="chhlang-alerts-{last}.{kind}"'
    return answer


def _span() -> tuple[date, date]:
    return digests.span(_day("from"), _day("to"), today_in_cambodia())


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise UsageError("{name}: give a day such as 2025-12-31", name, name=name) from None
