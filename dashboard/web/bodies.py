"""How much a request may bring: said by its header alone, before any of its body is read."""

from __future__ import annotations

import io
from typing import Any

from flask import Flask, request

from dashboard.permissions import Permission
from dashboard.services.uploads import files as uploads
from dashboard.web import auth
from dashboard.web.site import settings

#: Bytes that anybody may send: the form of sign-in, and more than any other form of a stranger.
STRANGER = 64 * 1024
#: Bytes that a form may bring of somebody who signed in.
FORM = 1_000_000
#: Bytes of a form beside its file.
BESIDE_FILE = 1024 * 1024
#: Routes that take large files: their endpoint and method, and what an account needs for it.
_FILES = {("imports.bring", "POST"): Permission.IMPORT_FILES}


def most(server: Flask, method: str, path: str, cookie: str) -> int:
    """Bytes that may follow the header of a request.

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
            return STRANGER
        needed = _FILES.get((request.endpoint or "", method))
        if needed is not None and grant.can(needed) and grant.scope.national:
            return uploads.largest(settings()) + BESIDE_FILE
        return FORM
