"""Files of what the server knows of itself: accounts, sessions, settings, files, unrecognised places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from dashboard.components.imports.words import STATES, field_name
from dashboard.components.scope_words import scope_words
from dashboard.exports.columns import Column
from dashboard.pages import imports, places
from dashboard.pages.administration import server_pages
from dashboard.pages.administration.words import role_name
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services import administration, sessions
from dashboard.services.places import unmatched
from dashboard.services.uploads import files as uploads
from dashboard.web import sessions as web_sessions
from dashboard.web.access import needs, needs_one_of, signed_in
from dashboard.web.request_context import grant
from dashboard.web.site import database

pages = Blueprint("server_files", __name__)
_ACCOUNTS = (
    Column("account", "text", "its e-mail address"),
    Column("role", "text", "code of its role"),
    Column("role_name", "text", "its name, in the language of the file"),
    Column("scope", "text", "the places and programmes that it is for"),
    Column("state", "text", "`open` or `closed`"),
    Column("demo", "text", "`yes`: it came with the demo"),
)
_SESSIONS = (
    Column("account", "text", "who is signed in"),
    Column("signed_in", "text", "since when (UTC)"),
    Column("last_used", "text", "when it was used last (UTC)"),
)
_OWN = (
    *_SESSIONS,
    Column("address", "text", "from which network address it was begun; empty where that is not known"),
    Column("this", "text", "`yes`: the session that took the file"),
)
_SETTINGS = (
    Column("name", "text", "name of the variable, or of a mapping that was made here"),
    Column("value", "text", "its value; of a secret whether it is set"),
    Column("version", "count", "version of the mapping"),
    Column("made_by", "text", "who made the mapping"),
    Column("made_at", "text", "when (UTC)"),
)
_FILES = (
    Column("file", "text", "its name"),
    Column("source", "text", "who delivered it"),
    Column("received_at", "text", "when it came (UTC)"),
    Column("status", "text", "code of how far it is"),
    Column("status_name", "text", "the same in words"),
    Column("rows", "count", "its rows; empty before they are counted"),
    Column("accepted", "count", "rows that are new"),
    Column("amended", "count", "rows that correct a record"),
    Column("withdrawn", "count", "rows that take a record back"),
    Column("duplicate", "count", "rows that were held already"),
    Column("rejected", "count", "rows that were returned"),
)
_PLACES = (
    Column("text", "text", "as it came; empty where it is not kept"),
    Column("mark", "text", "what it is known by where the text is not kept"),
    Column("field", "text", "code of the field"),
    Column("field_name", "text", "its name, in the language of the file"),
    Column("records", "count", "records that hold it"),
    Column("place", "text", "code of what it means; empty while nobody said"),
    Column("said_by", "text", "who said so"),
    Column("said_at", "text", "when (UTC)"),
)
_COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")


@pages.get("/administration.<any(csv,xlsx,json):kind>")
@needs(Permission.MANAGE_ACCOUNTS)
def accounts(kind: str) -> Response:
    """Every account that the reader looks after."""
    taken = Taken.now()
    t = taken.t
    rows = (
        {
            "account": one.email,
            "role": one.role,
            "role_name": role_name(one.role, t),
            "scope": scope_words(one.scope, taken.language, t),
            "state": "open" if one.active else "closed",
            "demo": "yes" if one.demo else "no",
        }
        for one in administration.listed(database(), grant())
    )
    named = ("accounts", t("Accounts"), t("Who may sign in"))
    return _sent(kind, taken, named, "administration.listed", t("one row for each account"), _ACCOUNTS, rows)


@pages.get("/administration/sessions.<any(csv,xlsx,json):kind>")
@needs(Permission.MANAGE_ACCOUNTS)
def living(kind: str) -> Response:
    """Every session that the reader may end."""
    taken = Taken.now()
    t = taken.t
    rows = map(_session, server_pages.living())
    named = ("sessions", t("Sessions"), t("Signed in now"))
    return _sent(kind, taken, named, "server.signed_in_now", t("one row for each session"), _SESSIONS, rows)


@pages.get("/administration/settings.<any(csv,xlsx,json):kind>")
@needs(Permission.MANAGE_ACCOUNTS)
def settings(kind: str) -> Response:
    """The settings without a secret, and mappings that were made here."""
    taken = Taken.now()
    t = taken.t
    none = {"version": None, "made_by": "", "made_at": ""}
    rows: list[dict[str, Any]] = [
        {"name": name, "value": value, **none} for name, value in server_pages.set_now()
    ]
    for one in administration.mappings(database(), grant()):
        made = {"version": one["version"], "made_by": one["author"], "made_at": one["made_at"]}
        rows.append({"name": one["name"], "value": "", **made})
    named = ("settings", t("Settings and mappings"), t("How the server is set"))
    units = t("one row for each setting and mapping")
    return _sent(kind, taken, named, "server.how_set", units, _SETTINGS, rows)


@pages.get("/sessions.<any(csv,xlsx,json):kind>")
@signed_in
def own(kind: str) -> Response:
    """Where the reader's account is signed in."""
    taken = Taken.now()
    t = taken.t
    rows = (
        _session(one) | {"address": one.address, "this": "yes" if one.this else "no"}
        for one in sessions.own(database(), int(current_user.id), web_sessions.key())
    )
    named = ("own-sessions", t("Your sessions"), t("Signed in now"))
    return _sent(kind, taken, named, "session.own", t("one row for each session"), _OWN, rows)


@pages.get("/imports.<any(csv,xlsx,json):kind>")
@needs_one_of(Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS)
@imports.let_in
def files(kind: str) -> Response:
    """The files that the reader brought, and what became of their rows."""
    taken = Taken.now()
    t = taken.t
    rows = (
        {
            "file": one.name,
            "source": one.source,
            "received_at": one.made_at,
            "status": str(one.status),
            "status_name": t(STATES[one.status]),
            **{name: (one.counts or {}).get(name) for name in _COUNTS},
        }
        for one in uploads.listed(database(), grant())
    )
    named = ("files", t("Files"), t("Your files"))
    return _sent(kind, taken, named, "imports.files", t("one row for each file"), _FILES, rows)


@pages.get("/imports/places.<any(csv,xlsx,json):kind>")
@needs(Permission.IMPORT_FILES, check=places.national)
def texts(kind: str) -> Response:
    """Every text that no place matched, and what it was said to mean."""
    taken = Taken.now()
    t = taken.t
    rows = (
        {
            "text": one["text"],
            "mark": one["mark"],
            "field": one["field"],
            "field_name": field_name(one["field"], t),
            "records": one["rows"],
            "place": one["code"] or "",
            "said_by": one["resolved_by"] or "",
            "said_at": one["resolved_at"] or "",
        }
        for one in unmatched.waiting(database(), grant(), resolved=True)
    )
    named = ("places", t("Unrecognised places"), t("Texts that no place matched, and what they mean"))
    return _sent(kind, taken, named, "places.waiting", t("one row for each text and field"), _PLACES, rows)


def _session(one: sessions.SessionFacts) -> dict[str, Any]:
    return {
        "account": one.account,
        "signed_in": one.began.isoformat(timespec="seconds"),
        "last_used": one.seen.isoformat(timespec="seconds"),
    }


def _sent(
    kind: str,
    taken: Taken,
    named: tuple[str, str, str],
    endpoint: str,
    units: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
) -> Response:
    """A table as a file; the use is audited."""
    taken.audit({"file": named[0], "format": kind})
    about = answers.of_server(taken, named, url_for(endpoint), units, columns)
    return answers.table(kind, named[0], columns, rows, about)
