"""Making the web server: Flask, the gate, sign-in, the pages, Dash."""

from __future__ import annotations

import re
from contextlib import ExitStack
from html import unescape
from typing import Any

from dash import Dash, html
from flask import Flask, current_app, g, has_request_context, render_template
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.api import table as programs
from dashboard.components import addresses
from dashboard.components.controls import comparing, counting, group_choices, main_choices, remote_choice
from dashboard.messages import translator
from dashboard.pages import (
    alerts,
    clusters,
    components,
    data,
    decisions,
    device,
    exports,
    imports,
    monitoring,
    place_pages,
    places,
    releases,
    reporting,
    session,
    tour,
)
from dashboard.pages.administration import account_pages, server_pages
from dashboard.pages.bulletin import bulletin_page
from dashboard.pages.cascades import cascade_page, funnel_page
from dashboard.pages.curves import calendar_page, curve_page
from dashboard.pages.data_quality import delay_page, quality_page
from dashboard.pages.denominators import population_page, rates_page
from dashboard.pages.districts import dated_page, home_page
from dashboard.pages.explorer import beside, first_map, map_areas, map_table, multiples
from dashboard.pages.explorer import map as map_page
from dashboard.pages.explorer.map_layers import geo_address
from dashboard.pages.explorer.overlay import layer_choice
from dashboard.pages.explorer.question import MapQuestion
from dashboard.pages.messages import administer as messages_desk
from dashboard.pages.messages import digest as alert_digest
from dashboard.pages.messages import own as own_messages
from dashboard.pages.programmes import case_classes, indicators, malaria
from dashboard.pages.reception import centre as reception_centre
from dashboard.pages.reception import (
    centre_files,
    desk,
    expected,
    movement,
    paper,
    prevention,
    referrals,
    remote,
    visits,
)
from dashboard.pages.signing_in import codes, invited, provider, snippets, tokens
from dashboard.pages.systems import systems_page
from dashboard.pages.take_away import (
    cluster_files,
    data_files,
    map_files,
    multiple_files,
    note_files,
    place_files,
    place_pictures,
    reason_page,
    record_files,
    run_files,
    server_files,
    standing_files,
    today_files,
    view_pages,
)
from dashboard.pages.today import page as today
from dashboard.permissions import Permission
from dashboard.server import logs, packed
from dashboard.services import sessions, store
from dashboard.settings import Settings
from dashboard.web import (
    access,
    auth,
    away,
    bodies,
    limits,
    own_device,
    problems,
    request_context,
    request_log,
    security,
    site,
    templating,
)
from dashboard.web.callback_shape import guard_callbacks
from dashboard.web.reception import desk_device
from db.core.engine import Database

#: Pages without Dash, each family a blueprint. A new one is registered by its name here.
_PAGES = (
    session.pages,
    monitoring.pages,
    device.pages,
    today.pages,
    tour.pages,
    data.pages,
    reporting.pages,
    indicators.pages,
    quality_page.pages,
    delay_page.pages,
    curve_page.pages,
    calendar_page.pages,
    population_page.pages,
    dated_page.pages,
    home_page.pages,
    rates_page.pages,
    cascade_page.pages,
    funnel_page.pages,
    decisions.pages,
    bulletin_page.pages,
    malaria.pages,
    alerts.pages,
    case_classes.pages,
    alert_digest.pages,
    own_messages.pages,
    releases.pages,
    systems_page.pages,
    place_pages.pages,
    exports.pages,
    map_files.pages,
    multiple_files.pages,
    standing_files.pages,
    cluster_files.pages,
    today_files.pages,
    note_files.pages,
    data_files.pages,
    server_files.pages,
    run_files.pages,
    centre_files.pages,
    visits.pages,
    place_files.pages,
    place_pictures.pages,
    record_files.pages,
    view_pages.pages,
    map_table.pages,
    map_areas.pages,
    multiples.pages,
    beside.pages,
    clusters.pages,
    imports.pages,
    places.pages,
    components.pages,
    account_pages.pages,
    server_pages.pages,
    messages_desk.pages,
    reason_page.pages,
    codes.pages,
    invited.pages,
    tokens.pages,
    snippets.pages,
    desk.pages,
    paper.pages,
    referrals.pages,
    reception_centre.pages,
    expected.pages,
    movement.pages,
    prevention.pages,
    remote.pages,
)
_SERVING = ExitStack()


#: A script of the page; the one that draws tables of Dash is left out, since we have none.
_SCRIPT = re.compile(r'<script[^>]* src="([^"]+)"[^>]*></script>')
_NOT_USED = "/dash_table/"
#: What the map asks for once its scripts run: Dash's part that draws, and the world that Plotly wants.
_GRAPHS = "/_dash-component-suites/dash/dcc/async-graph.js"
_WORLD = "/assets/topojson/world_110m.json"
#: What Dash asks for before it asks for the map: beside the scripts, one wait less on a slow link.
_ASKED_FIRST = ("/_dash-layout", "/_dash-dependencies")


class Application(Dash):
    """Dash inside our own page: header and filters are there before any script is."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page that loads the scripts."""
        parts["scripts"] = _SCRIPT.sub(
            lambda found: "" if _NOT_USED in found[1] else found[0], str(parts["scripts"])
        )
        drawn_from = [*map(geo_address, ("provinces", "neighbours")), _WORLD]
        scripts = [unescape(address) for address in _SCRIPT.findall(parts["scripts"])]
        addresses.keep_map_files(current_app, [*scripts, _GRAPHS, *drawn_from])
        grant = g.get("grant")
        if grant is None:  # the start, which asks for nothing but the list of scripts
            return str(super().interpolate_index(**parts))
        t = translator(request_context.language())
        database = site.database()
        status = request_context.data_status(database)
        return render_template(
            "index.html",
            choices=[*main_choices(status, t, grant), layer_choice(t, grant)],
            groups=[*group_choices(t), remote_choice(t)],
            counting=counting(t),
            comparing=comparing(t),
            first=first_map.first_map(database, grant),
            parameters=MapQuestion.names(),
            may_take_records=grant.can(Permission.SEE_LINE_LIST),
            drawn_from=[*drawn_from, *_ASKED_FIRST],
            drawn_by=_GRAPHS,
            **parts,
        )


def make_server(settings: Settings, database: Database) -> Flask:
    """The WSGI application.

    Raises
    ------
    ConfigurationError
        The secret key is missing or weak, and the database is not the demo.
    RuntimeError
        A route does not say who may call it.
    """
    demo = store.is_demo(database) and store.has_demo_accounts(database)
    server = Flask("dashboard", template_folder="templates", static_folder=None)
    site.set_up(server, database, settings)
    templating.set_up(server)
    server.config.update(
        SECRET_KEY=store.secret_for_server(settings, demo),
        SESSION_COOKIE_NAME="chhlang",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=sessions.LIFETIME,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=bodies.FORM,
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
        # A tenth smaller than the usual level, for as little of a processor.
        COMPRESS_BR_LEVEL=5,
        COMPRESS_ALGORITHM=["br", "gzip", "deflate"],
        COMPRESS_ALGORITHM_STREAMING=["br", "deflate"],
    )
    if settings.proxies:
        proxied = ProxyFix(server.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)
        server.wsgi_app = proxied  # type: ignore[method-assign]
    request_log.set_up(server)
    security.set_up_door(server, loopback_only=store.has_demo_accounts(database))
    sessions.prepare(database)
    auth.set_up(server, database)
    hashes: list[str] = []
    security.set_up(server, lambda: hashes, https=settings.https)
    own_device.set_up(server)
    desk_device.set_up(server)
    problems.set_up(server)
    away.set_up(server)
    limits.set_up(server)
    bodies.set_up(server)
    for pages in _PAGES:
        server.register_blueprint(pages)
    programs.set_up(server)
    provider.set_up(server, settings)
    app = Application(
        "dashboard",
        server=server,  # type: ignore[arg-type]
        title="Chhlang",
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        # Of the pages without Dash.
        assets_ignore=r"^(administration|beside|clusters|curves|desk|desk_form|desk_model|desk_paper|desk_store|imports|indicators|keep|place|plain|provinces|reception|today|worker)\.|^(ahead|take)\.js$",
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.layout = lambda: map_page.layout(database) if _signed_in() else html.Div()
    map_page.register(app, database)
    guard_callbacks(app)
    hashes.extend(app.csp_hashes())
    with server.test_request_context("/"):
        app.index()  # lists the scripts in every worker: one may be asked for them before it drew a page
    access.settle(server)
    Compress(server)
    packed.set_up(server)  # after it: what is set up last looks first
    return server


def _signed_in() -> bool:
    """Whether an entitled reader asks for the layout (Dash also calls it by itself, to look at it)."""
    return has_request_context() and g.get("grant") is not None


def server_from_environment() -> Flask:
    """The WSGI application that the environment describes: `app:server`."""
    settings = Settings.read()
    logs.set_up(settings.log)
    _SERVING.enter_context(store.serving(settings))  # for as long as the process lives
    return make_server(settings, store.open_store(settings))
