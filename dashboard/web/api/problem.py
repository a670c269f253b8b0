"""What a failed request of a program is answered with: problem details (RFC 9457), no value of a record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from dashboard.messages import Translate, translator
from dashboard.web import request_context, request_log
from surveillance.errors import UsageError, UserError

MEDIA = "application/problem+json"
#: Headers of an error that a program acts by.
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")


def answer(
    status: int,
    detail: str,
    *,
    faults: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Problem details with the reference of this request. `faults`: what is wrong with which parameter."""
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "reference": request_log.reference(),
    }
    if faults:
        said["faults"] = list(faults)
    return Response(
        json.dumps(said, ensure_ascii=False) + "\n", status, dict(headers or {}), content_type=MEDIA
    )


def of_error(error: UserError, status: int) -> Response:
    """The same of an error that its reader can mend."""
    t = translator(request_context.spoken())
    faults = []
    if isinstance(error, UsageError):
        faults = [
            {"parameter": fault.parameter, "detail": fault.in_words(t)}
            for fault in error.faults
            if fault.parameter is not None
        ]
    return answer(status, error.in_words(t), faults=faults)


def of_http(error: HTTPException, said: Mapping[int, tuple[str, str]]) -> Response:
    """The same of an error by its number. `said`: what is said of each, unless the error says more."""
    t = translator(request_context.spoken())
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    own = vars(error).get("description")
    headers = {name: value for name, value in error.get_headers() if name in _KEPT}
    return answer(status, own or _words(status, said, t), headers=headers)


def _words(status: int, said: Mapping[int, tuple[str, str]], t: Translate) -> str:
    return (
        t(said[status][0]) if status in said else HTTPStatus(status).description or HTTPStatus(status).phrase
    )
