"""How much a request may bring: said by its header alone, before any of its body is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import Flask, abort, request

from dashboard.permissions import Grant
from dashboard.services.alerts import classes
from dashboard.services.alerts.files.classes import LARGEST
from dashboard.services.uploads import files as uploads
from dashboard.settings import Settings
from dashboard.web import auth
from dashboard.web.site import settings

#: Bytes that anybody may send: the form of sign-in, and more than any other form of a stranger.
STRANGER = 64 * 1024
#: Bytes that a form may bring of somebody who signed in.
FORM = 1_000_000
#: Bytes of a form beside its file.
BESIDE_FILE = 1024 * 1024
#: Header, as the server of one process has it, of a request whose body was not read for that reason.
AT_ONCE = "X_BODIES_AT_ONCE"
#: Routes that take large files, by endpoint and method: whether an account may bring one, and how large.
_FILES: dict[tuple[str, str], tuple[Callable[[Grant], bool], Callable[[Settings], int]]] = {
    ("imports.bring", "POST"): (uploads.may_bring, uploads.largest),
    ("case_classes.bring", "POST"): (classes.may_change, lambda _: LARGEST),
}


def set_up(server: Flask) -> None:
    """Answer a request whose body was not read, since its account sends too many at once."""

    @server.before_request
    def at_once() -> None:
        # A sender who sets the header herself is refused, too: that harms nobody else.
        if request.headers.get(AT_ONCE.replace("_", "-")):
            abort(429)


def most(server: Flask, method: str, path: str, cookie: str) -> tuple[int, str]:
    """Bytes that may follow the header of a request, and whose account sends them (blank: a stranger's).

    Parameters
    ----------
    server : Flask
        The application; its database says who signed in.
    method, path, cookie : str
        Of the request.
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_COOKIE": cookie,
        # From where it comes is asked again with the whole request: here it only says how much is read.
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.version": (1, 0),
    }
    with server.request_context(environ):
        grant = auth.grant_of_session()
        if grant is None:
            return STRANGER, ""
        taken = _FILES.get((request.endpoint or "", method))
        if taken is not None and taken[0](grant):
            return taken[1](settings()) + BESIDE_FILE, grant.actor
        return FORM, grant.actor
