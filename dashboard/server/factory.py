"""Making the web server: Flask, the gate, sign-in, Dash."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from dash import Dash, html
from dash.exceptions import DependencyException
from flask import Flask, g, has_request_context, render_template, request
from flask_compress import Compress
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.components.controls import comparing, counting, group_choices, main_choices
from dashboard.messages import translator
from dashboard.pages import clusters, imports, map_table, places, plain
from dashboard.pages import map as map_page
from dashboard.services import store
from dashboard.services.imports.data_status import data_status
from dashboard.settings import Settings
from dashboard.web import auth, request_context, security
from dashboard.web.callback_shape import guard_callbacks
from db.core.engine import Database

_log = logging.getLogger("chhlang")


class Application(Dash):
    """Dash inside our own page: header and filters are there before any script is."""

    database: Database

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page that loads the scripts."""
        t = translator(request_context.language())
        status = data_status(self.database)
        return render_template(
            "index.html",
            choices=main_choices(status, t, g.get("grant")),
            groups=group_choices(t),
            counting=counting(t),
            comparing=comparing(t),
            **parts,
        )


def make_server(settings: Settings, database: Database) -> Flask:
    """The WSGI application.

    Raises
    ------
    ConfigurationError
        The secret key is missing or weak, and the database is not the demo.
    """
    demo = store.is_demo(database) and store.has_demo_accounts(database)
    server = Flask("dashboard", template_folder="templates", static_folder=None)
    server.config.update(
        SECRET_KEY=store.secret_for_server(settings, demo),
        SESSION_COOKIE_NAME="chhlang",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1_000_000,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/csv",
            "text/javascript",
            "application/javascript",
            "application/json",
            "application/geo+json",
            "image/svg+xml",
        ],
    )
    if settings.proxies:
        proxied = ProxyFix(server.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)
        server.wsgi_app = proxied  # type: ignore[method-assign]
    security.set_up_door(server, loopback_only=store.has_demo_accounts(database))
    auth.set_up(server, database)
    hashes: list[str] = []
    security.set_up(server, lambda: hashes, https=settings.https)
    plain.register(server, database, settings)
    tables = map_table.Tables()
    map_table.register(server, database, tables)
    clusters.register(server, database)
    imports.register(server, database, settings)
    places.register(server, database, settings)
    app = Application(
        "dashboard",
        server=server,  # type: ignore[arg-type]
        title="Chhlang",
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        assets_ignore=r"^(clusters|imports|plain)\.",  # of the pages without Dash
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.database = database
    app.layout = lambda: map_page.layout(database) if _signed_in() else html.Div()
    map_page.register(app, database, tables)
    guard_callbacks(app)
    hashes.extend(app.csp_hashes())
    with server.test_request_context("/"):
        app.index()  # lists the scripts in every worker: one may be asked for them before it drew a page
    _answer_failures(server)
    Compress(server)
    return server


def _signed_in() -> bool:
    """Whether somebody who may asks for the layout (Dash also calls it by itself, to look at it)."""
    return has_request_context() and g.get("grant") is not None


def _answer_failures(server: Flask) -> None:
    """A failure shows a reference; the log has the rest, never a value of a record."""

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Any:
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
        text = t(
            "Something went wrong here. Give the administrator of this server the reference {reference}."
        )
        return render_template("problem.html", message=text.format(reference=reference)), 500

    @server.errorhandler(DependencyException)
    def no_such_script(_error: Exception) -> Any:
        return NotFound()


def server_from_environment() -> Flask:
    """The WSGI application that the environment describes: `gunicorn app:server`."""
    settings = Settings.read()
    return make_server(settings, store.open_store(settings))
