"""What is answered while the database server is away: a page that asks it nothing, and one log line."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, current_app, request
from werkzeug.exceptions import InternalServerError

from dashboard.messages import translator
from dashboard.services import store
from dashboard.web import request_context, request_log, security
from dashboard.web.api import problem
from dashboard.web.api.bearer import is_api
from db.core.errors import DriverError

_log = logging.getLogger("chhlang")
_AFTER = "30"


def set_up(server: Flask) -> None:
    """Answer for a database that is away, also where an error page was about to ask it something."""
    log_others = server.log_exception

    def log(exc_info: Any) -> None:
        if exc_info[1] is None or not store.is_away(exc_info[1]):
            log_others(exc_info)

    server.log_exception = log  # type: ignore[method-assign]
    server.register_error_handler(DriverError, _refused)
    server.register_error_handler(InternalServerError, _failed)


def _refused(error: Exception) -> Any:
    if store.is_away(error):
        return _answer()
    handlers = current_app.error_handler_spec[None][None]
    return handlers[Exception](error)


def _failed(error: InternalServerError) -> Any:
    """What Flask says of a failure that no other function here answered."""
    original = error.original_exception
    return _answer() if original is not None and store.is_away(original) else error


def _answer() -> Any:
    reference = request_log.told()
    _log.error("failure %s at %s: the database server does not answer", reference, request.url_rule)
    headers = {"Retry-After": _AFTER}
    if is_api():
        return problem.answer(503, "the database does not answer", headers=headers)
    if not security.is_page(request.path):
        return "the database does not answer\n", 503, headers | {"Content-Type": "text/plain; charset=utf-8"}
    language = request_context.language()
    # Not by render_template: what every other page is given is asked of the database.
    page = current_app.jinja_env.get_template("away.html")
    return page.render(t=translator(language), language=language, reference=reference), 503, headers
