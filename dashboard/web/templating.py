"""What every template is given: words, the reader's grant, the shell's parts, helpers for addresses."""

from __future__ import annotations

import json

from flask import Flask, g

from dashboard.components.addresses import asset, map_page, public_file
from dashboard.components.coverage.panel import GRAPH_CONFIG
from dashboard.components.freshness import old_data
from dashboard.components.moments import local, whole
from dashboard.components.shell import looks, pages, status_line
from dashboard.figures.tokens import variable
from dashboard.messages import LANGUAGES, translator
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.take_away.views import opening_question
from dashboard.web import request_context, site
from geodata import boundaries


def set_up(server: Flask) -> None:
    """Give the templates of a server what all of them need."""
    server.context_processor(_given)
    server.jinja_env.filters["token"] = variable
    server.jinja_env.globals.update(
        asset=asset,
        public_file=public_file,
        map_page=map_page,
        graph_config=json.dumps(GRAPH_CONFIG),
        whole=whole,
        local=local,
        languages=LANGUAGES,
        status_line=status_line,
        attribution=boundaries.ATTRIBUTION,
    )


def _given() -> dict[str, object]:
    """What depends on who asks, and on the data."""
    language, grant = request_context.language(), g.get("grant")
    t = translator(language)
    status = request_context.data_status(site.database())
    opening = (
        opening_question(site.database(), grant) if grant and grant.can(Permission.SEE_COVERAGE) else None
    )
    return {
        "t": t,
        "language": language,
        "look": request_context.look(),
        "looks": looks(t),
        "status": status,
        "old_data": old_data(status, today_in_cambodia(), site.settings().old_data_days, t),
        "pages": pages(grant, t, opening),
        "grant": grant,
        # Endings of tables that this reader may have.
        "take_tables": ("csv", "xlsx") if grant and grant.can(Permission.EXPORT_TABLES) else (),
    }
