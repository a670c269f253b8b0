"""The door and the gate before every request, and the headers after it. Nothing answers without a grant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from dashboard.web import access, request_context
from dashboard.web.on_this_machine import on_this_machine
from dashboard.web.site import settings

#: What the sign-in page is drawn with: all else in the folder of assets is for those who signed in.
_PUBLIC_FILES = ("tokens.css", "chhlang.css", "logo.svg")
_PUBLIC_FOLDERS = ("fonts/", "icons/")
# The lists below are of addresses, since they also hold for an address at which there is no route.
_LASTING = ("/_dash-component-suites/", "/geo/", "/assets/fonts/", "/assets/topojson/")
_NOT_PAGES = (
    "/_dash", "/_reload-hash", "/_favicon.ico", "/api/", "/export/", "/geo/", "/assets/", "/map/",
    "/desk/state", "/manifest.webmanifest", "/service-worker.js", "/readyz", "/metrics",
)  # fmt: skip


#: Highest number that every database can look for.
_HIGHEST = 2**31 - 1


class _Number(IntegerConverter):
    """A number in an address. One that no database holds is that of nothing, and answered 404."""

    def __init__(self, map: Any, *given: Any, **more: Any) -> None:  # noqa: A002 - the library's name
        super().__init__(map, *given, **{"max": _HIGHEST} | more)


def set_up_door(server: Flask, *, loopback_only: bool) -> None:
    """Add what is refused before anybody looks at who asks, and so before any library reads the request."""
    server.url_map.converters["int"] = _Number

    @server.before_request
    def door() -> Response | None:
        if loopback_only:
            _refuse_outsiders()
        if ".." in request.path.replace("\\", "/").split("/"):
            abort(404)  # a public folder must not lead out of itself
        if request.is_json and not (request.endpoint or "").startswith("/_dash"):
            abort(415)  # nothing else here takes JSON
        if request.method not in ("GET", "HEAD"):
            _refuse_cross_site()
        if request.endpoint == "security.login" and not _leads_home():
            return redirect(url_for("security.login"), 303)
        return None


def set_up(server: Flask, script_hashes: Callable[[], Sequence[str]], *, https: bool) -> None:
    """Add the gate and the headers to a server."""

    @server.before_request
    def gate() -> Response | None:
        if _is_public() or g.get("grant") is not None:
            # Dash would answer any address with the map.
            return abort(404) if request.endpoint == access.ANYWHERE else None
        if request.method in ("GET", "HEAD") and is_page(request.path):
            back = quote(request.full_path.rstrip("?"), safe="")
            return redirect(f"{url_for('security.login')}?next={back}")
        return abort(401)

    @server.after_request
    def headers(response: Response) -> Response:
        hashes = " ".join(f"'{item}'" if not item.startswith("'") else item for item in script_hashes())
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        response.headers["Cache-Control"] = _cache_rule(response)
        return response


def is_page(path: str) -> bool:
    """Whether a person reads what is at an address, rather than a script or a program."""
    return not path.startswith(_NOT_PAGES)


def _is_public() -> bool:
    """Whether a stranger may ask for this: the way in, and what that page is drawn with."""
    endpoint, values = request.endpoint, dict(request.view_args or {})
    if isinstance(request.routing_exception, MethodNotAllowed):
        # Of a public address also a stranger is told that it does not take a method.
        routes = current_app.create_url_adapter(request)
        endpoint, found = routes.match(method="GET") if routes is not None else ("", {})
        values = dict(found)
    if endpoint == access.ASSETS:
        name = str(values.get("filename"))
        return name in _PUBLIC_FILES or name.startswith(_PUBLIC_FOLDERS)
    return access.access_of(current_app, endpoint).public


def _cache_rule(response: Response) -> str:
    """Fingerprinted files stay in the browser for a year; nothing with data in it stays anywhere."""
    if response.status_code in (200, 304):
        fingerprinted = request.path.startswith("/assets/") and "m" in request.args
        if fingerprinted or request.path.startswith(_LASTING):
            return "private, max-age=31536000, immutable"
    return "no-store"


def _refuse_outsiders() -> None:
    """While demo accounts exist, answer only on the machine itself (their passwords are public)."""
    if not on_this_machine():
        abort(403)


def _refuse_cross_site() -> None:
    """A page of another site may not post here in the reader's name.

    Every browser says from where a form comes. What comes with a cookie and does not say it is refused; a
    program without a cookie acts in nobody's name.
    """
    if request.cookies and not ("Sec-Fetch-Site" in request.headers or "Origin" in request.headers):
        abort(403)
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is None:
        return
    parts = request_context.address(origin)
    kinds = ("https",) if settings().https else ("http", "https")
    if parts is None or parts.netloc != request.host or parts.scheme not in kinds:
        abort(403)


def _leads_home() -> bool:
    """Whether everything that says where to go after sign-in names a page of this site."""
    given = (*request.args.getlist("next"), *request.form.getlist("next"))
    return all(not target or request_context.own_page(target) == target for target in given)
