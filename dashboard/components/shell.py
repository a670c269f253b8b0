"""What stands around every page, as data for its template: looks, the data-status line."""

from __future__ import annotations

from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.services.imports.data_status import DataStatus


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
