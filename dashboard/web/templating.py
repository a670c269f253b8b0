"""What every template is given: words, the reader's grant, the shell's parts, helpers for addresses."""

from __future__ import annotations

import json

from flask import Flask, current_app, g, request
from markupsafe import Markup

from dashboard.components.addresses import asset, map_page, public_file, style_of
from dashboard.components.as_html import as_html
from dashboard.components.coverage.panel import GRAPH_CONFIG
from dashboard.components.coverage.words import whole_days
from dashboard.components.freshness import no_backup, old_data
from dashboard.components.glossary import word
from dashboard.components.moments import local, whole
from dashboard.components.navigation import Link, links
from dashboard.components.shell import looks, status_line
from dashboard.figures.tokens import TOKENS, variable
from dashboard.messages import LANGUAGES, Translate, translator
from dashboard.permissions import Grant, Permission
from dashboard.services import clock
from dashboard.services.clock import today_in_cambodia
from dashboard.services.take_away.views import opening_question
from dashboard.services.upkeep import backup_age
from dashboard.web import access, own_device, request_context, site
from geodata import boundaries


def set_up(server: Flask) -> None:
    """Give the templates of a server what all of them need."""
    server.context_processor(_given)
    server.jinja_env.filters |= {"token": variable, "days": _days}
    server.jinja_env.globals.update(
        asset=asset,
        public_file=public_file,
        style_of=style_of,
        map_page=map_page,
        graph_config=json.dumps(GRAPH_CONFIG),
        whole=whole,
        local=local,
        days=_days,
        languages=LANGUAGES,
        status_line=status_line,
        grounds={"light": TOKENS["ground"].light, "dark": TOKENS["ground"].dark},
        attribution=boundaries.ATTRIBUTION,
    )


def _days(text: str) -> Markup:
    """A text whose days are not broken at their hyphens."""
    return as_html(whole_days(text))


def _given() -> dict[str, object]:
    """What depends on who asks, and on the data."""
    language, grant = request_context.language(), g.get("grant")
    t = translator(language)
    status = request_context.data_status(site.database())
    return {
        "t": t,
        "language": language,
        "look": request_context.look(),
        "looks": looks(t),
        "status": status,
        "old_data": whole(old_data(status, today_in_cambodia(), site.settings().old_data_days, t)),
        "no_backup": _no_backup(grant, t),
        "pages": _pages(grant, t) if grant else [],
        "grant": grant,
        # On a copy for a device without a connection: when it was made.
        "copied_at": _copied_at(t) if request_context.kept() else "",
        "word": lambda key: word(key, t),
        "own_device": own_device.for_pages() if grant else None,
        # Endings of tables that this reader may have.
        "take_tables": ("csv", "xlsx") if grant and grant.can(Permission.EXPORT_TABLES) else (),
    }


def _no_backup(grant: Grant | None, t: Translate) -> str:
    """What administrators are told where no backup is young enough."""
    if grant is None or not grant.can(Permission.MANAGE_ACCOUNTS):
        return ""
    settings = site.settings()
    return no_backup(backup_age.is_missing(site.database(), settings), settings.backup_warn_days, t)


def _copied_at(t: Translate) -> Markup:
    """Of which moment a copy is."""
    said = t("No connection: this page as it was on {when}, Phnom Penh time, as every viewer may see it.")
    return whole(said.format(when=local(clock.now_text())))


def _pages(grant: Grant, t: Translate) -> list[Link]:
    """The navigation of this reader."""
    may_see = grant.can(Permission.SEE_COVERAGE)
    opening = opening_question(site.database(), grant) if may_see else None
    return links(grant, lambda path: access.may_open(current_app, path, grant), request.path, t, opening)
