"""The line that says how old the data are."""

from __future__ import annotations

from datetime import date

from dashboard.messages import Translate
from dashboard.services.imports.data_status import DataStatus


def old_data(status: DataStatus, today: date, days: int, t: Translate) -> str:
    """That the newest record is older than `days`, in words; blank where it is not."""
    newest = status.last_visit
    if newest is None or (age := (today - newest).days) <= days:
        return ""
    said = t("The newest record is from {day}, {days} days ago. Later visits are not in these data.")
    return said.format(day=newest.isoformat(), days=age)
