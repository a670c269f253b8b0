"""Each request has a reference, which its error page shows and its line in the log names; it is counted."""

from __future__ import annotations

import logging
import secrets
import time

import structlog
from flask import Flask, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

from dashboard.web import metrics

_log = logging.getLogger("chhlang.requests")
#: Seconds from which an answer is worth a line although nothing went wrong.
_SLOW = 5.0
HEADER = "X-Request-ID"
_REFUSED = 403


def set_up(server: Flask) -> None:
    """Number the requests of a server. Before everything else, so that what is refused has a number too."""
    counted = metrics.set_up(server)

    @server.before_request
    def begin() -> None:
        g.reference, g.began = secrets.token_hex(4), time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(reference=g.reference)

    @server.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = reference()
        took = time.perf_counter() - g.get("began", time.perf_counter())
        # The route, not the address: somebody may type a person's name into one.
        route = str(request.url_rule) if request.url_rule else "none"
        counted.answered(request.method, route, response.status_code, took)
        if not g.get("told") and (response.status_code >= 400 or took > _SLOW):
            level = logging.WARNING if response.status_code >= 500 else logging.INFO
            said: dict[str, object] = {
                "method": request.method,
                "route": route,
                "status": response.status_code,
            }
            if response.status_code == _REFUSED and current_user.is_authenticated:
                said["account"] = int(current_user.id)  # who tries doors; a number, no address
            _log.log(level, "answered", extra=said | {"seconds": round(took, 3)})
        return response

    @server.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()


def told() -> str:
    """The reference of this request, of whose failure a line says more: it gets no other one."""
    g.told = True
    return reference()


def reference() -> str:
    """The number of this request, as its error page shows it."""
    if "reference" not in g:
        g.reference = secrets.token_hex(4)
    return str(g.reference)
