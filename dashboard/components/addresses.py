"""Addresses with a question in them. All other addresses come from `url_for`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from flask import url_for
from markupsafe import Markup

#: Dash serves the folder of scripts, styles and fonts.
_ENDPOINT = "_dash_assets.static"
_ASSETS = Path(__file__).resolve().parents[1] / "assets"


def with_question(path: str, question: Mapping[str, str]) -> str:
    """An address with a question, written as forms and scripts write it (`url_for` leaves colons as they
    are)."""
    return f"{path}?{urlencode(question)}" if question else path


def map_page(question: Mapping[str, str] | None = None) -> str:
    """The address of the map, which Dash draws, with a question."""
    return with_question("/map", question or {})


#: The page of a crossing, as its route is written.
_CROSSING = "/crossings/<code>"


def crossing_page(slug: str) -> str:
    """The page of a crossing, by its English name as an address has it."""
    return url_for("place_pages.crossing", name=slug)


def public_file(name: str) -> str:
    """Address of a file that the sign-in page is drawn with; every page draws itself with the same one."""
    return url_for(_ENDPOINT, filename=name)


def style_of(names: Iterable[str]) -> Markup:
    """The text of stylesheets, for a page that is kept without them."""
    return Markup("\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in names))  # noqa: S704 - ours


def asset(name: str) -> str:
    """Address of a file that a browser may keep, written as Dash writes it: both then keep the same one."""
    return url_for(_ENDPOINT, filename=name, m=int((_ASSETS / name).stat().st_mtime))
