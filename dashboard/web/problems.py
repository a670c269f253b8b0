"""What a failed request is answered with: a sentence, and never a value of a record."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any

from dash.exceptions import DependencyException
from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from dashboard.messages import translator
from dashboard.web import request_context, security
from surveillance.errors import NotPermittedError, UserError

_log = logging.getLogger("chhlang")


def set_up(server: Flask) -> None:
    """Answer the failures of a server."""
    server.register_error_handler(NotPermittedError, lambda error: (_in_words(error), 403))
    server.register_error_handler(UserError, lambda error: (_in_words(error), 400))
    server.register_error_handler(DependencyException, lambda _: NotFound())  # Dash's word for no such script
    server.register_error_handler(Exception, _failed)


def _in_words(error: UserError) -> str:
    said = error.in_words(translator(request_context.language()))
    return render_template("problem.html", message=said)


def _failed(error: Exception) -> Any:
    """A failure shows a reference; the log has the rest, never a value of a record."""
    t = translator(request_context.language())
    if isinstance(error, HTTPException):
        said: dict[int, str] = {
            403: t("This is not open to you."),
            404: t("There is nothing at this address."),
        }
        said[429] = t("Too many tries. Wait a minute, then try again.")
        said[401] = t("You were signed out. Sign in again, then try once more.")
        if error.code not in said or not security.is_page(request.path):
            return error
        back = request_context.came_from() if error.code == HTTPStatus.UNAUTHORIZED else None
        return render_template("problem.html", message=said[error.code], sign_in=back), error.code
    reference = secrets.token_hex(4)
    # %r: a line break in the address must not begin a line of the log.
    _log.error("failure %s at %r: %s", reference, request.path, type(error).__name__, exc_info=error)
    text = t("Something went wrong here. Give the administrator of this server the reference {reference}.")
    return render_template("problem.html", message=text.format(reference=reference)), 500
