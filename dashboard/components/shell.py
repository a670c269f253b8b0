"""What stands around every page, as data for its template: pages, languages, the data-status line."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for

from dashboard.components.addresses import map_page
from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.permissions import Grant, Permission
from dashboard.services.imports.data_status import DataStatus


def pages(
    grant: Grant | None, t: Translate, opening: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Addresses and names of the pages that a reader may open. `opening`: the question that the map opens
    with."""
    if grant is None:
        return []
    found = [(url_for("today.first"), t("Today")), (map_page(opening), t("Map"))]
    found.append((url_for("curves.page"), t("Curves")))
    if grant.can(Permission.RUN_CLUSTERS):
        found.append((url_for("clusters.form"), t("Clusters")))
    found.append((url_for("reporting.page"), t("Reporting")))
    if grant.can(Permission.IMPORT_FILES) and grant.scope.national:
        found.append((url_for("imports.files"), t("Files")))
    if grant.can(Permission.SEE_DATA_STATUS):
        found.append((url_for("data.data"), t("Data")))
    return found


def looks(t: Translate) -> list[tuple[str, str]]:
    """Codes and names of how a page may look."""
    return [("light", t("Light")), ("dark", t("Dark")), ("device", t("As the device"))]


def status_line(status: DataStatus, t: Translate) -> str:
    """The data-status line."""
    if not status.files or status.last_import is None:
        return t("No file has been imported yet.")
    until = status.last_visit.isoformat() if status.last_visit else "–"
    return t("Last import {when}, Phnom Penh time · files: {files} · data up to {until}").format(
        when=local(status.last_import), files=status.files, until=until
    )
