"""The lines that say how old the data are, and their last backup."""

from __future__ import annotations

from datetime import date

from dashboard.messages import Translate
from dashboard.services.imports.data_status import DataStatus

#: From so many days on the age is said in weeks.
_WEEKS = 14


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
    said = t("Data end on {day}, {ago}: nothing after that day is shown.")
    return said.format(day=newest.isoformat(), ago=_ago(age, t))


def _ago(days: int, t: Translate) -> str:
    if days >= _WEEKS:
        return t("{count} weeks ago").format(count=days // 7)
    return t("1 day ago") if days == 1 else t("{count} days ago").format(count=days)
