"""The lines that say how old the data are, and their last backup."""

from __future__ import annotations

from datetime import date

from dashboard.messages import Translate
from dashboard.services.imports.data_status import DataStatus


def no_backup(missing: bool, days: int, t: Translate) -> str:
    """That no backup is young enough, for those who look after the server; blank where one is."""
    if not missing:
        return ""
    said = t("No whole backup was made in the last {days} days. On the server: {command}")
    return said.format(days=days, command="python app.py backup --try")


def old_data(status: DataStatus, today: date, days: int, t: Translate) -> str:
    """That the newest record is older than `days`, in words; blank where it is not."""
    newest = status.last_visit
    if newest is None or (age := (today - newest).days) <= days:
        return ""
    said = t("The newest record is from {day}, {days} days ago. Later visits are not in these data.")
    return said.format(day=newest.isoformat(), days=age)
