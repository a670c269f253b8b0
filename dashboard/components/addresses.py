"""Addresses with a question in them. All other addresses come from `url_for`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, current_app, url_for
from markupsafe import Markup

from dashboard.curve_filters import curve_of
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from surveillance.diseases import DISEASES

_MAP_FILES = "chhlang-map-files"
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


#: What is to be done of each case of malaria, for whoever reads single records.
MALARIA_CASES = "/malaria"
#: The page of a crossing, as its route is written.
_CROSSING = "/crossings/<code>"


def crossing_page(slug: str) -> str:
    """The page of a crossing, by its English name as an address has it."""
    return url_for("place_pages.crossing", name=slug)


def curve_page(query: CoverageQuery, area: str = "", *, dated: bool = True) -> str:
    """The address of the curve behind a question of the map; blank where there is none.

    `dated`: of the same days; else of the usual ones.
    """
    found = curve_of(query, area, dated=dated)
    return "" if found is None else with_question(url_for("curves.page"), found.parameters())


#: The page of records behind a question, as its route is written.
_RECORDS = "/records"


def record_list(grant: Grant, question: Mapping[str, str]) -> str:
    """The address of the records behind a question; blank where the reader has none, or the server.

    There are none of HIV and syphilis.
    """
    entitled = grant.can(Permission.SEE_LINE_LIST) and grant.can(Permission.EXPORT_TABLES)
    held = DISEASES.get(question.get("disease", ""))
    if not entitled or held is None or held.sensitive:
        return ""
    rules = current_app.url_map.iter_rules()
    return with_question(_RECORDS, question) if any(str(rule) == _RECORDS for rule in rules) else ""


def public_file(name: str) -> str:
    """Address of a file that the sign-in page is drawn with; every page draws itself with the same one."""
    return url_for(_ENDPOINT, filename=name)


def style_of(names: Iterable[str]) -> Markup:
    """The text of stylesheets, for a page that is kept without them."""
    return Markup("\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in names))  # noqa: S704 - ours


def asset(name: str) -> str:
    """Address of a file that a browser may keep, written as Dash writes it: both then keep the same one."""
    return url_for(_ENDPOINT, filename=name, m=(_ASSETS / name).stat().st_mtime)


def keep_map_files(server: Flask, found: Iterable[str]) -> None:
    """Keep the addresses of the files that the map page loads and a browser may keep."""
    server.extensions[_MAP_FILES] = list(found)


def map_files() -> list[str]:
    """The files that the map page loads: a page that leads to it may bring them before."""
    held: list[str] = current_app.extensions.get(_MAP_FILES, [])
    return held
