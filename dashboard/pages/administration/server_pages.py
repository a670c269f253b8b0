"""The server: who is signed in, how it is set, which mappings people made, and the audit trail."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboard.messages import Translate, translator
from dashboard.pages.administration.trail_details import detail_name
from dashboard.pages.administration.trail_words import action_name
from dashboard.permissions import Permission
from dashboard.services import administration, audit_trail, sessions
from dashboard.services.clock import today_in_cambodia
from dashboard.services.sessions import SessionFacts
from dashboard.services.signing_in import seals
from dashboard.services.upkeep import backup_age
from dashboard.services.upkeep.settings_trail import SHOWN
from dashboard.settings import VARIABLES
from dashboard.spreadsheet import in_parts
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from surveillance.errors import UsageError

pages = Blueprint("server", __name__)
#: Lines of the trail on a page, and in a file at most.
_LINES, _MOST = 100, 100_000
_TEXT = 255


@pages.get("/administration/sessions")
@needs(Permission.MANAGE_ACCOUNTS)
def signed_in_now() -> str:
    """Every session that the reader may end."""
    return render_template("administration_sessions.html", sessions=living(), idle=settings().idle_minutes)


def living() -> list[SessionFacts]:
    """Sessions of the accounts that the reader looks after."""
    own = {one.email for one in administration.listed(database(), grant())}
    return [one for one in sessions.listed(database(), grant()) if one.account in own]


@pages.post("/administration/sessions/<session>/end")
@needs(Permission.MANAGE_ACCOUNTS)
def end(session: str) -> AnyResponse:
    """End a session, unless it is over already or of an account that the reader does not look after."""
    if any(one.id == session for one in living()):
        sessions.end(database(), grant(), session)
    return redirect(url_for(".signed_in_now"), 303)


@pages.get("/administration/settings")
@needs(Permission.MANAGE_ACCOUNTS)
def how_set() -> str:
    """The settings of this process without a secret, the last backup, and mappings that were made here."""
    return render_template(
        "administration_settings.html",
        rows=set_now(),
        backup=backup_age.last_backup(database()),
        days=settings().backup_warn_days,
        sealed_otherwise=_sealed_otherwise(),
        mappings=administration.mappings(database(), grant()),
    )


def set_now() -> list[tuple[str, str]]:
    """Each setting and its value; of a secret whether it is set."""
    return [(one.name, _value(one.name, getattr(settings(), one.field))) for one in VARIABLES]


def _sealed_otherwise() -> str:
    """What is said where authenticators are sealed under another key."""
    count = seals.under_another_key(database(), settings())
    t = translator(request_context.language())
    return t(seals.SAID).format(count=count, command=seals.COMMAND) if count else ""


def _value(name: str, value: object) -> str:
    t = translator(request_context.language())
    if value in {None, "", ()}:
        return t("not set")
    if name not in SHOWN:
        return t("set")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, tuple | frozenset | list):
        return ", ".join(map(str, value))
    return str(value)


@pages.get("/administration/trail")
@needs(Permission.MANAGE_ACCOUNTS)
def trail() -> Any:
    """Lines of the trail, the newest first; that they were read is a line of it, too."""
    t = translator(request_context.language())
    asked, rows, problem = _asked(), [], ""
    before = request.args.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    try:
        rows = audit_trail.found(database(), grant(), **asked, before=older, limit=_LINES)[::-1]
        audit_trail.note(database(), grant(), "audit show", asked)
    except UsageError as error:
        problem = error.in_words(t)
    page = render_template(
        "administration_trail.html",
        rows=[
            row | {"what": action_name(row["what"], t), "detail": _detail(row["detail"], t)} for row in rows
        ],
        asked=asked,
        actions=[(code, action_name(code, t)) for code in audit_trail.actions(database(), grant())],
        older={**_given(asked), "before": rows[-1]["line"]} if len(rows) == _LINES else None,
        file=_given(asked),
        problem=problem,
        longest=_TEXT,
    )
    return (page, 400) if problem else page


@pages.get("/administration/trail.csv")
@needs(Permission.MANAGE_ACCOUNTS)
def trail_file() -> Response:
    """The newest of the lines that were asked for, the oldest first, as a file."""
    asked = _asked()
    rows = audit_trail.found(database(), grant(), **asked, limit=_MOST)
    audit_trail.note(database(), grant(), "audit export", _given(asked) | {"lines": len(rows)})
    texts = [row | {"detail": json.dumps(row["detail"], ensure_ascii=False, sort_keys=True)} for row in rows]
    answer = Response(in_parts(texts, audit_trail.COLUMNS, 500), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="chhlang-trail-{today_in_cambodia()}.csv"'
    return answer


def _asked() -> dict[str, Any]:
    given = {name: request.args.get(name, "").strip()[:_TEXT] for name in ("since", "until", "who", "what")}
    return {name: text or None for name, text in given.items()}


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: text for name, text in asked.items() if text is not None}


def _detail(detail: dict[str, Any], t: Translate) -> str:
    return " · ".join(f"{detail_name(name, t)}: {_text(value)}" for name, value in detail.items())


def _text(value: object) -> str:
    """A value as people write it: nothing is a dash, several stand behind one another."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
