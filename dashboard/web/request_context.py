"""What a request brings: the reader's language, the address's question, the grant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import SplitResult, parse_qsl, urlsplit

from flask import g, has_app_context, request

from dashboard.messages import choose_language
from dashboard.permissions import Grant
from dashboard.services.explorer import reader_status, usual_period
from dashboard.services.imports import data_status as status_service
from dashboard.services.imports.data_status import DataStatus
from db.core.engine import Database
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError, UsageError

LANGUAGE_COOKIE = "chhlang-language"
LOOK_COOKIE = "chhlang-look"
#: Light, dark, or as the device is.
LOOKS = ("light", "dark", "device")
_LONGEST = 2_000


def language() -> str:
    """The reader's language."""
    accepted = [tag for tag, _ in request.accept_languages]
    return choose_language(request.cookies.get(LANGUAGE_COOKIE), accepted)


def spoken() -> str:
    """The language that a program asks for by its header alone."""
    return choose_language(None, [tag for tag, _ in request.accept_languages])


def look() -> str | None:
    """The look that the reader chose, light or dark; None where the device decides."""
    chosen = request.cookies.get(LOOK_COOKIE)
    return chosen if chosen in ("light", "dark") else None


def grant() -> Grant:
    """Return the grant of the caller.

    Raises
    ------
    NotPermittedError
        No user is signed in.
    """
    found = g.get("grant")
    if found is None:
        raise NotPermittedError("sign in first")
    return found


def usual(default: str) -> dict[str, str]:
    """What an address means that does not say it, where the account does not cover the usual question.

    `default`: the usual disease.
    """
    asking: Grant | None = g.get("grant") if has_app_context() else None
    found: dict[str, str] = {}
    if asking is None:
        return found
    if not asking.scope.covers(default) and (own := asking.scope.covered(DISEASES)):
        found["disease"] = own[0]
    if not asking.scope.reaches("care"):
        found["by"] = "facility" if asking.scope.reaches("facility") else "crossing"
    return found


def kept() -> bool:
    """Whether a copy is drawn, for a device without a connection."""
    return bool(g.get("kept"))


def data_status(database: Database) -> DataStatus:
    """Facts about the data as a whole, asked once for each request; of issued figures the release's days."""
    if "data_status" not in g:
        status = status_service.data_status(database)
        told = replace(status, usual=partial(usual_period.length_of, database, status))
        g.data_status = reader_status.status_for(database, g.get("grant"), told)
    found: DataStatus = g.data_status
    return found


def address(text: str) -> SplitResult | None:
    """The parts of an address that a stranger wrote; None if it cannot be read (`http://[`)."""
    try:
        return urlsplit(text)
    except ValueError:
        return None


def own_page(target: str) -> str:
    """A page of this site; anything else becomes the map."""
    parts = address(target)
    if parts is None or parts.scheme or parts.netloc:
        return "/"
    local = target.startswith("/") and not target.startswith("//")
    return target if local and "\\" not in target and target.isprintable() else "/"


def came_from() -> str:
    """The page of this site that a form was sent from; the map where that is not known."""
    parts = address(request.referrer or "")
    if parts is None or parts.netloc != request.host:
        return "/"
    return own_page(parts.path + (f"?{parts.query}" if parts.query else ""))


def parameters(search: object) -> Mapping[str, str]:
    """The parameters of an address, from a text that a browser sent.

    Raises
    ------
    UsageError
        It is not the search part of an address.
    """
    if search is None:
        return {}
    if not isinstance(search, str) or len(search) > _LONGEST:
        raise UsageError("the address cannot be read; open the map anew")
    # JSON can write half of a letter, which no text holds: it stands as a question mark.
    whole = search.encode("utf-8", "replace").decode()
    try:
        return dict(parse_qsl(whole.removeprefix("?"), keep_blank_values=False, max_num_fields=40))
    except ValueError as error:
        raise UsageError("the address cannot be read; open the map anew") from error
