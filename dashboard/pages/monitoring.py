"""For monitors: whether the server can work, and its numbers. Detail is for this machine, or by a token."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, current_app, jsonify, request
from werkzeug.wrappers import Response

from dashboard.services.upkeep import readiness
from dashboard.services.upkeep.readiness import FAIL, OK, WARN, Check, Readiness
from dashboard.web import metrics, site
from dashboard.web.access import public
from dashboard.web.on_this_machine import on_this_machine

pages = Blueprint("monitoring", __name__)
_KEY = "chhlang-readiness"
_WORTH = {OK: 1.0, WARN: 0.5, FAIL: 0.0}
_AGE = "chhlang_age_seconds", "Seconds since the last backup, and since the job runner's sign of life"
_FREE = "chhlang_free_bytes", "Free bytes of the fullest disk that the server writes to"
_VALUES = {"disk": _FREE, "backup": _AGE, "job runner": _AGE}


@pages.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """Say whether the server can do its work; what is amiss only to those who look after it."""
    found = _look()
    fine = readiness.ready(found)
    said: dict[str, object] = {"status": "ready" if fine else "not ready"}
    if _may_see():
        said["checks"] = {
            check.name: {"status": check.status, "detail": check.detail, "value": check.value}
            for check in found
        }
    return jsonify(said), 200 if fine else 503


@pages.get("/metrics")
@public
def numbers() -> Response:
    """The numbers of all processes, as Prometheus reads them."""
    if not _may_see():
        abort(403)
    found = _look()
    meaning = "1 where a check of /readyz is fine, 0.5 where it warns, 0 where it fails"
    gauges = [("chhlang_check", meaning, check.name, _WORTH[check.status]) for check in found]
    gauges += [
        (*_VALUES[check.name], check.name, check.value)
        for check in found
        if check.name in _VALUES and check.value is not None
    ]
    text, kind = metrics.here().text(gauges)
    return Response(text, content_type=kind)


def _look() -> list[Check]:
    kept = current_app.extensions.setdefault(_KEY, Readiness(site.database(), site.settings()))
    found: list[Check] = kept.look()
    return found


def _may_see() -> bool:
    """Whether the caller is on this machine, or shows the token."""
    token = site.settings().monitor_token
    given = request.headers.get("Authorization", "")
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    return on_this_machine()
