"""What a failed request is answered with: a sentence, and never a value of a record."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from dash.exceptions import DependencyException
from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from dashboard.messages import translator
from dashboard.services import store
from dashboard.web import request_context, request_log, security
from dashboard.web.api import problem
from dashboard.web.api.bearer import is_api
from db.core.errors import StorageError
from surveillance.errors import NotPermittedError, TooManyError, UsageError, UserError
from surveillance.texts import N_

_log = logging.getLogger("chhlang")


def set_up(server: Flask) -> None:
    """Answer the failures of a server."""
    server.register_error_handler(NotPermittedError, lambda error: _in_words(error, 403))
    server.register_error_handler(TooManyError, lambda error: _in_words(error, 429))
    server.register_error_handler(UserError, _refused)
    server.register_error_handler(DependencyException, lambda _: NotFound())  # Dash's word for no such script
    server.register_error_handler(Exception, _failed)


#: What is said of a failure that has a page, and what its reader can do.
_SAID: dict[int, tuple[str, str]] = {
    401: (N_("You were signed out. Sign in again, then try once more."), ""),
    403: (
        N_("This is not open to you."),
        N_("Ask the administrator of this server for access if your work needs it."),
    ),
    404: (
        N_("There is nothing at this address."),
        N_("Check the address for a slip, or begin at the first page."),
    ),
    413: (
        N_("What you sent is larger than this server takes."),
        N_("Split the file and send the parts, or ask the administrator of this server to import it there."),
    ),
    503: (
        N_("The database of this server does not take anything now. Nothing was changed."),
        N_("Try again in a minute. If it stays so, tell the administrator of this server."),
    ),
    507: (
        N_("The disk of this server is full. What you asked for was not done, and nothing was changed."),
        N_(
            "What was stored before is as it was, and you can sign out. Tell the administrator of this "
            "server to make space, then try again."
        ),
    ),
    429: (N_("Too many tries. Wait a minute, then try again."), ""),
}


def _in_words(error: UserError, code: int = 400) -> Any:
    """What the error says; where it is a code with advice, that too."""
    if is_api():
        return problem.of_error(error, code)
    t = translator(request_context.language())
    advice = _SAID[code][1] if code in _SAID else ""
    page = render_template(
        "problem.html",
        message=error.in_words(t),
        advice=t(advice) if advice else "",
        reference=request_log.reference(),
    )
    return page, code


def _refused(error: UserError) -> Any:
    if isinstance(error, StorageError):
        return _no_storage(error)
    return _in_words(error)


def _no_storage(refusal: StorageError) -> Any:
    """The disk or the database refused: what that means to a reader; the log has what was said."""
    reference = request_log.told()
    _log.error("refused %s at %s: %s", reference, request.url_rule or "no route", refusal)
    t = translator(request_context.language())
    code = 507 if refusal.full else 503
    said, advice = _SAID[code]
    if is_api():
        return problem.answer(code, t(said))
    return render_template("problem.html", message=t(said), advice=t(advice), reference=reference), code


def _failed(error: Exception) -> Any:
    """A failure shows a reference; the log has the rest, never a value of a record."""
    t = translator(request_context.language())
    if isinstance(error, HTTPException):
        if is_api() and (error.code or 500) >= HTTPStatus.BAD_REQUEST:
            return problem.of_http(error, _SAID)
        if error.code not in _SAID or not security.is_page(request.path):
            return error
        back = request_context.came_from() if error.code == HTTPStatus.UNAUTHORIZED else None
        said, advice = (t(text) if text else "" for text in _SAID[error.code])
        page = render_template(
            "problem.html", message=said, advice=advice, sign_in=back, reference=request_log.reference()
        )
        return page, error.code
    if isinstance(refusal := store.refusal(error), StorageError):
        return _no_storage(refusal)
    if isinstance(refusal, UsageError):
        return _refused(refusal)
    return _fault(error)


def _fault(error: Exception) -> Any:
    """What nobody foresaw: a reference, and the rest in the log."""
    t = translator(request_context.language())
    reference = request_log.told()
    # The route, not the address: a line break or a name in it must not get into the log.
    _log.error("failure %s at %s", reference, request.url_rule or "no route", exc_info=error)
    text = t("Something went wrong here. Give the administrator of this server the reference {reference}.")
    text = text.format(reference=reference)
    if is_api():
        return problem.answer(500, text)
    return render_template("problem.html", message=text), 500
